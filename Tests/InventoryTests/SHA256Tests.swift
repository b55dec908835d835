import Inventory
import TestSupport
import Testing

struct SHA256Tests {
  @Test(arguments: [
    // FIPS 180-4 examples.
    ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
    ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
    (
      "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
      "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
    ),
  ])
  func digestsAreThoseOfTheStandard(text: String, digest: String) {
    #expect(SHA256.hex(text) == digest)
  }

  @Test func lengthsAroundABlockArePaddedRight() {
    #expect(
      SHA256.hex(String(repeating: "a", count: 1_000_000))
        == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0")
  }

  @Test(arguments: 0..<20 as Range<UInt64>)
  func piecesGiveTheDigestOfTheWhole(seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    let bytes = (0..<Int.random(in: 0...700, using: &generator)).map { _ in
      UInt8.random(in: 0...255, using: &generator)
    }
    var sum = SHA256.Running()
    var done = 0
    while done < bytes.count {
      let size = min(Int.random(in: 0...200, using: &generator), bytes.count - done)
      bytes[done..<done + size].withUnsafeBytes { sum.add($0) }
      done += size
      #expect(sum.hex() == SHA256.hex(Array(bytes[..<done])))
    }
    #expect(sum.count == Int64(bytes.count))
  }
}
