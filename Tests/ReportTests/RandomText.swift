import TestSupport

extension SeededGenerator {
  /// Scalars of all planes, the troublesome ranges more often than their share.
  mutating func text(length: Int) -> String {
    let ranges: [ClosedRange<UInt32>] = [
      0...0x10ffff, 0...0x2ff, 0x2000...0x206f, 0x600...0x61f, 0x4e00...0x4eff, 0x300...0x36f,
      0xfe00...0xffff, 0x20...0x7e,
    ]
    var text = ""
    for _ in 0..<Int.random(in: 0...length, using: &self) {
      let range = ranges[Int.random(in: 0..<ranges.count, using: &self)]
      if let scalar = Unicode.Scalar(UInt32.random(in: range, using: &self)) {
        text.unicodeScalars.append(scalar)
      }
    }
    return text
  }
}
