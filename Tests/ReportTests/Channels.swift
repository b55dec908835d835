import Foundation

/// Both ends of a pipe.
struct Channel {
  let reader: Int32
  let writer: Int32

  init() throws {
    var ends: [Int32] = [0, 0]
    guard pipe(&ends) == 0 else { throw POSIXError(.init(rawValue: errno) ?? .EIO) }
    (reader, writer) = (ends[0], ends[1])
  }

  func send(_ text: String) {
    _ = Array(text.utf8).withUnsafeBytes { write(writer, $0.baseAddress, $0.count) }
  }

  /// All that was written, once the writing end is closed.
  func readAll() -> String {
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 4_096)
    while case let count = read(reader, &buffer, buffer.count), count > 0 {
      bytes += buffer[..<count]
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  func closeBoth() {
    close(reader)
    close(writer)
  }
}

/// A terminal of 72 columns that nobody sees.
struct Terminal {
  /// What the program under test holds.
  let line: Int32
  private let screen: Int32

  init() throws {
    // Without _XOPEN_SOURCE glibc declares no `unlockpt` and no `ptsname`; these are the calls that
    // they make (linux/asm-generic/ioctls.h: TIOCSPTLCK, TIOCGPTN).
    screen = open("/dev/ptmx", O_RDWR | O_NOCTTY)
    var lock: Int32 = 0
    var number: UInt32 = 0
    guard screen >= 0, ioctl(screen, 0x4004_5431, &lock) == 0,
      ioctl(screen, 0x8004_5430, &number) == 0
    else { throw POSIXError(.init(rawValue: errno) ?? .EIO) }
    line = open("/dev/pts/\(number)", O_RDWR | O_NOCTTY)
    guard line >= 0 else { throw POSIXError(.init(rawValue: errno) ?? .EIO) }
    var size = winsize(ws_row: 24, ws_col: 72, ws_xpixel: 0, ws_ypixel: 0)
    _ = ioctl(line, UInt(TIOCSWINSZ), &size)
  }

  /// What has appeared on the screen, up to and with this text, as soon as another task has written
  /// it; without blocking the thread that this task may need.
  func read(until end: String) async -> String {
    var bytes: [UInt8] = []
    var byte: UInt8 = 0
    var patience = 3_000
    while !String(decoding: bytes, as: UTF8.self).hasSuffix(end), patience > 0 {
      var waiting = pollfd(fd: screen, events: Int16(POLLIN), revents: 0)
      if poll(&waiting, 1, 0) == 1, Foundation.read(screen, &byte, 1) == 1 {
        bytes.append(byte)
      } else {
        patience -= 1
        try? await Task.sleep(for: .milliseconds(10))
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  func close() {
    Foundation.close(line)
    Foundation.close(screen)
  }
}
