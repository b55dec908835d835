import Inventory
import Testing

@testable import Report

@Suite struct ObjectNameTests {
  @Test(arguments: [
    ("nginx:1", "nginx:1"), ("nginx:1@sha256:0123456789abcdef", "nginx:1"),
    ("host:5000/a@sha256:0123456789abcdef", "host:5000/a@sha256:0123456789ab"),
    ("sha256:0123456789abcdef", "9c1e9c1e9c1e"), ("", "9c1e9c1e9c1e"),
  ])
  func containersNameTheirImagesBriefly(image: String, shown: String) {
    var container = Samples.job
    container.image = image
    #expect(Samples.text().imageName(of: container) == shown)
    #expect(Samples.text(truncates: false).imageName(of: container) == image)
  }

  @Test func objectsAreNamedWithTheirIdsUnlessThatIsTheName() {
    let object = ObjectID.image(Samples.shop.id)
    #expect(object.label("shop:1", id: object.shortID) == "shop:1 (9c1e9c1e9c1e)")
    #expect(object.label("9c1e9c1e9c1e", id: object.shortID) == "9c1e9c1e9c1e")
    #expect(object.label("", id: object.id) == object.id)
    #expect(ObjectID.volume("data").label("data", id: "data") == "data")
  }

  @Test(arguments: [
    ("nginx:1", "nginx", "1"), ("localhost:5000/a/b:latest", "localhost:5000/a/b", "latest"),
    ("localhost:5000/a", "localhost:5000/a", "<none>"), ("redis@sha256:07", "redis", "<none>"),
  ])
  func repositoryAndTagAreToldApart(reference: String, repository: String, tag: String) {
    let name = TaggedName(reference)
    #expect(name.repository == repository)
    #expect(name.tag == tag)
  }
}
