/// SHA-256 as in FIPS 180-4: chain ids and fingerprints need it, and nothing here is a secret.
package enum SHA256 {
  /// The digest of a text's UTF-8, in lower-case hex digits.
  package static func hex(_ text: String) -> String { hex(Array(text.utf8)) }

  /// The digest of some bytes, in lower-case hex digits.
  package static func hex(_ bytes: [UInt8]) -> String {
    var sum = Running()
    bytes.withUnsafeBytes { sum.add($0) }
    return sum.hex()
  }

  /// A digest that is made piece by piece, for what is too large to be in memory at once.
  package struct Running: Sendable {
    private var state = SHA256.initial
    private var schedule = [UInt32](repeating: 0, count: 64)
    /// The start of a block that is not whole yet; always has room for a whole one.
    private var rest = [UInt8](repeating: 0, count: 64)
    private var restCount = 0
    /// Bytes so far.
    package private(set) var count: Int64 = 0

    package init() {}

    package mutating func add(_ bytes: UnsafeRawBufferPointer) {
      guard let start = bytes.baseAddress, bytes.count > 0 else { return }
      count &+= Int64(bytes.count)
      var done = 0
      if restCount > 0 {
        done = min(64 - restCount, bytes.count)
        let (at, taken) = (restCount, done)
        rest.withUnsafeMutableBytes { rest in
          rest.baseAddress?.advanced(by: at).copyMemory(from: start, byteCount: taken)
        }
        restCount += done
        guard restCount == 64 else { return }
        compressRest()
      }
      let blocks = (bytes.count - done) / 64
      compress(start + done, blocks: blocks)
      done += blocks * 64
      let left = bytes.count - done
      guard left > 0 else { return }
      rest.withUnsafeMutableBytes { rest in
        rest.baseAddress?.copyMemory(from: start + done, byteCount: left)
      }
      restCount = left
    }

    /// The digest of all bytes so far, in lower-case hex digits; more can be added afterwards.
    package func hex() -> String {
      var last = self
      last.pad()
      let digits = Array("0123456789abcdef".utf8)
      var text: [UInt8] = []
      text.reserveCapacity(64)
      for word in last.state {
        for shift in stride(from: 28, through: 0, by: -4) {
          text.append(digits[Int(word >> UInt32(shift)) & 15])
        }
      }
      return String(decoding: text, as: UTF8.self)
    }

    private mutating func pad() {
      let bitCount = UInt64(bitPattern: count) &* 8
      rest[restCount] = 0x80
      restCount += 1
      if restCount > 56 {
        for index in restCount..<64 { rest[index] = 0 }
        compressRest()
      }
      for index in restCount..<56 { rest[index] = 0 }
      for index in 0..<8 {
        rest[56 + index] = UInt8(truncatingIfNeeded: bitCount >> UInt64(56 - index * 8))
      }
      compressRest()
    }

    private mutating func compressRest() {
      let block = rest
      block.withUnsafeBytes { block in
        if let start = block.baseAddress { compress(start, blocks: 1) }
      }
      restCount = 0
    }

    // Pointers, masking shifts and plain loops: also a build for debugging hashes images.
    private mutating func compress(_ start: UnsafeRawPointer, blocks: Int) {
      guard blocks > 0 else { return }
      state.withUnsafeMutableBufferPointer { state in
        schedule.withUnsafeMutableBufferPointer { schedule in
          SHA256.constants.withUnsafeBufferPointer { constants in
            guard let state = state.baseAddress, let schedule = schedule.baseAddress,
              let constants = constants.baseAddress
            else { return }
            var block = 0
            while block < blocks {
              SHA256.compress(state, schedule, constants, start + block &* 64)
              block &+= 1
            }
          }
        }
      }
    }
  }

  private static func compress(
    _ state: UnsafeMutablePointer<UInt32>, _ schedule: UnsafeMutablePointer<UInt32>,
    _ constants: UnsafePointer<UInt32>, _ block: UnsafeRawPointer
  ) {
    var index = 0
    while index < 16 {
      schedule[index] = UInt32(
        bigEndian: block.loadUnaligned(fromByteOffset: index &* 4, as: UInt32.self))
      index &+= 1
    }
    while index < 64 {
      let early = schedule[index &- 15]
      let late = schedule[index &- 2]
      let first =
        (early &>> 7 | early &<< 25) ^ (early &>> 18 | early &<< 14) ^ (early &>> 3)
      let second = (late &>> 17 | late &<< 15) ^ (late &>> 19 | late &<< 13) ^ (late &>> 10)
      schedule[index] = schedule[index &- 16] &+ first &+ schedule[index &- 7] &+ second
      index &+= 1
    }
    var (a, b, c, d) = (state[0], state[1], state[2], state[3])
    var (e, f, g, h) = (state[4], state[5], state[6], state[7])
    index = 0
    while index < 64 {
      let sum1 = (e &>> 6 | e &<< 26) ^ (e &>> 11 | e &<< 21) ^ (e &>> 25 | e &<< 7)
      let choice = (e & f) ^ (~e & g)
      let first = h &+ sum1 &+ choice &+ constants[index] &+ schedule[index]
      let sum0 = (a &>> 2 | a &<< 30) ^ (a &>> 13 | a &<< 19) ^ (a &>> 22 | a &<< 10)
      let majority = (a & b) ^ (a & c) ^ (b & c)
      h = g
      g = f
      f = e
      e = d &+ first
      d = c
      c = b
      b = a
      a = first &+ sum0 &+ majority
      index &+= 1
    }
    state[0] &+= a
    state[1] &+= b
    state[2] &+= c
    state[3] &+= d
    state[4] &+= e
    state[5] &+= f
    state[6] &+= g
    state[7] &+= h
  }

  private static let initial: [UInt32] = [
    0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab,
    0x5be0_cd19,
  ]

  private static let constants: [UInt32] = [
    0x428a_2f98, 0x7137_4491, 0xb5c0_fbcf, 0xe9b5_dba5, 0x3956_c25b, 0x59f1_11f1, 0x923f_82a4,
    0xab1c_5ed5, 0xd807_aa98, 0x1283_5b01, 0x2431_85be, 0x550c_7dc3, 0x72be_5d74, 0x80de_b1fe,
    0x9bdc_06a7, 0xc19b_f174, 0xe49b_69c1, 0xefbe_4786, 0x0fc1_9dc6, 0x240c_a1cc, 0x2de9_2c6f,
    0x4a74_84aa, 0x5cb0_a9dc, 0x76f9_88da, 0x983e_5152, 0xa831_c66d, 0xb003_27c8, 0xbf59_7fc7,
    0xc6e0_0bf3, 0xd5a7_9147, 0x06ca_6351, 0x1429_2967, 0x27b7_0a85, 0x2e1b_2138, 0x4d2c_6dfc,
    0x5338_0d13, 0x650a_7354, 0x766a_0abb, 0x81c2_c92e, 0x9272_2c85, 0xa2bf_e8a1, 0xa81a_664b,
    0xc24b_8b70, 0xc76c_51a3, 0xd192_e819, 0xd699_0624, 0xf40e_3585, 0x106a_a070, 0x19a4_c116,
    0x1e37_6c08, 0x2748_774c, 0x34b0_bcb5, 0x391c_0cb3, 0x4ed8_aa4a, 0x5b9c_ca4f, 0x682e_6ff3,
    0x748f_82ee, 0x78a5_636f, 0x84c8_7814, 0x8cc7_0208, 0x90be_fffa, 0xa450_6ceb, 0xbef9_a3f7,
    0xc671_78f2,
  ]
}
