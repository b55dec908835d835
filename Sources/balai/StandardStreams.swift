import Foundation

/// The three streams that a process is started with.
enum StandardStreams {
  /// Opens `/dev/null` in the place of those that the caller closed (`>&-`). Otherwise the next file
  /// that is opened gets the number, and what is meant for the stream is written into it.
  static func openMissing() {
    for descriptor in STDIN_FILENO...STDERR_FILENO where fcntl(descriptor, F_GETFD) < 0 {
      // The lowest number that is free is this one.
      _ = open("/dev/null", O_RDWR)
    }
  }
}
