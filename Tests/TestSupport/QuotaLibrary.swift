import Foundation

/// A library to be put before the C library of a process (`LD_PRELOAD`), under which writes to an index
/// and the files beside it fail as they do when the user's quota is used up, for as long as a file is
/// there.
package enum QuotaLibrary {
  /// What to start a process with.
  ///
  /// - Parameter file: with it the quota is used up.
  package static func environment(fullWhile file: String) async throws -> [String: String] {
    ["LD_PRELOAD": try await build.value, "QUOTA_FULL_WHILE": file]
  }

  private static let build = Task { try await PreloadedLibrary.built(from: source, named: "quota") }

  private static let source = """
    #define _GNU_SOURCE
    #include <dlfcn.h>
    #include <errno.h>
    #include <stdio.h>
    #include <stdlib.h>
    #include <string.h>
    #include <sys/types.h>
    #include <unistd.h>

    static int is_full(int file) {
      const char *sign = getenv("QUOTA_FULL_WHILE");
      if (!sign || access(sign, F_OK) != 0) return 0;
      char link[64], path[4096];
      snprintf(link, sizeof link, "/proc/self/fd/%d", file);
      ssize_t length = readlink(link, path, sizeof path - 1);
      if (length < 0) return 0;
      path[length] = 0;
      // SQLite has a code of its own for no room in its shared memory.
      return strstr(path, "/index.db") && !strstr(path, "-shm");
    }

    #define WRITE(name, offset)                                                \\
      ssize_t name(int file, const void *bytes, size_t size, offset place) {   \\
        typedef ssize_t (*writer)(int, const void *, size_t, offset);          \\
        if (is_full(file)) { errno = EDQUOT; return -1; }                      \\
        return ((writer)dlsym(RTLD_NEXT, #name))(file, bytes, size, place);    \\
      }

    WRITE(pwrite, off_t)
    WRITE(pwrite64, off64_t)

    int posix_fallocate(int file, off_t start, off_t size) {
      if (is_full(file)) return EDQUOT;
      typedef int (*reserver)(int, off_t, off_t);
      return ((reserver)dlsym(RTLD_NEXT, "posix_fallocate"))(file, start, size);
    }

    int posix_fallocate64(int file, off64_t start, off64_t size) {
      if (is_full(file)) return EDQUOT;
      typedef int (*reserver)(int, off64_t, off64_t);
      return ((reserver)dlsym(RTLD_NEXT, "posix_fallocate64"))(file, start, size);
    }
    """
}
