extension Presentation {
  /// Why a command could not do its work, for stderr: `Error: …`, or one JSON object.
  package func failure(_ message: String, status: ExitStatus) -> String {
    if format == .json {
      let json: JSON = [
        "error": ["message": .string(message), "status": .number(Int64(status.rawValue))]
      ]
      return json.document
    }
    return "Error: \(SafeText.paragraph(message))\n"
  }
}
