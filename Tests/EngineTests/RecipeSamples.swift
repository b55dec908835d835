@testable import Engine

/// A container of Docker 20.10 with something of everything, as its inspect told it.
enum RecipeSamples {
  static let peer = "ec8ee1dc3355ea7a522a8c5c680e22bf331335803212f132e11a3ab36fbb7b53"

  static func text(_ value: EngineJSON) throws -> String {
    String(decoding: try value.data, as: UTF8.self)
  }

  static let rich = """
    {"Id":"db85c4a2038270a1cbcd1fbf206836e9b50f336176a085be4d84380c90f1fbe5",
     "Created":"2026-11-25T04:38:25.956549958Z","Path":"/bin/sleep","Args":["1000"],
     "State":{"Status":"running"},"Name":"/big","Platform":"linux",
     "Image":"sha256:95ac15b8ede5f7d44746ce442d3ee10cb8da7062c79bd9ab0a860441357441f4",
     "HostConfig":\(hostConfig),
     "Mounts":[
      {"Type":"volume","Name":"anon2","Source":"/d/anon2/_data","Destination":"/anon2","Driver":"local","Mode":"z","RW":true,"Propagation":""},
      {"Type":"volume","Name":"named","Source":"/d/named/_data","Destination":"/named","Driver":"local","Mode":"z","RW":true,"Propagation":""},
      {"Type":"tmpfs","Source":"","Destination":"/t2","Mode":"","RW":true,"Propagation":""},
      {"Type":"volume","Name":"anon","Source":"/d/anon/_data","Destination":"/anon","Driver":"local","Mode":"","RW":true,"Propagation":""},
      {"Type":"volume","Name":"shared","Source":"/d/shared/_data","Destination":"/shared","Driver":"local","Mode":"","RW":false,"Propagation":""},
      {"Type":"volume","Name":"read","Source":"/d/read/_data","Destination":"/read","Driver":"local","Mode":"ro","RW":false,"Propagation":""},
      {"Type":"bind","Source":"/tmp","Destination":"/host","Mode":"ro","RW":false,"Propagation":"rslave"}],
     "Config":{"Hostname":"hh","Domainname":"","User":"1:2","AttachStdin":true,"AttachStdout":true,
      "AttachStderr":true,"ExposedPorts":{"80/tcp":{}},"Tty":true,"OpenStdin":true,"StdinOnce":true,
      "Env":["A=1"],"Cmd":["1000"],"Healthcheck":{"Test":["CMD-SHELL","true"],"Interval":5000000000},
      "Image":"base:1","Volumes":{"/anon":{}},"WorkingDir":"/tmp","Entrypoint":["/bin/sleep"],
      "OnBuild":null,"Labels":{"a":"b"},"StopSignal":"KILL","StopTimeout":3},
     "NetworkSettings":{"SandboxID":"40c9614d6ec0","Networks":{
      "na":{"IPAMConfig":{"IPv4Address":"10.211.7.9"},"Links":["link:x"],
       "Aliases":["al","db85c4a20382","hh"],
       "NetworkID":"5930bfafbab0c249ac16c1cf90d60d0b5e0a11420c3591a9b1a4ac3b93a7d324",
       "EndpointID":"0d1b","Gateway":"10.211.7.1","IPAddress":"10.211.7.9","IPPrefixLen":24,
       "MacAddress":"02:42:0a:d3:07:09","DriverOpts":null},
      "nb":{"IPAMConfig":{},"Links":null,"Aliases":["hh","db85c4a20382","hh"],
       "NetworkID":"03052df58dc031b1a0291af208f8a6bafa2f9bc7266add262f4987a720aeaa9d",
       "EndpointID":"19f4","Gateway":"172.18.0.1","IPAddress":"172.18.0.2","IPPrefixLen":16,
       "MacAddress":"02:42:ac:12:00:02","DriverOpts":{}}}}}
    """

  private static let hostConfig = """
    {"Binds":["read:/read:ro","/tmp:/host:ro"],"ContainerIDFile":"",
     "LogConfig":{"Type":"json-file","Config":{"max-size":"1m"}},"NetworkMode":"na",
     "PortBindings":{"80/tcp":[{"HostIp":"127.0.0.1","HostPort":""}]},
     "RestartPolicy":{"Name":"on-failure","MaximumRetryCount":3},"AutoRemove":false,
     "VolumeDriver":"","VolumesFrom":["src","\(peer):ro"],"CapAdd":["CAP_NET_ADMIN"],
     "CapDrop":["CAP_MKNOD"],"CgroupnsMode":"host","Dns":[],"DnsOptions":[],"DnsSearch":[],
     "ExtraHosts":["x:1.2.3.4"],"GroupAdd":null,"IpcMode":"private","Cgroup":"","Links":null,
     "OomScoreAdj":0,"PidMode":"container:\(peer)","Privileged":false,"PublishAllPorts":false,
     "ReadonlyRootfs":true,"SecurityOpt":null,"Tmpfs":{"/t":"size=1m"},"UTSMode":"",
     "UsernsMode":"","ShmSize":67108864,"Sysctls":{"net.ipv4.ip_forward":"1"},"Runtime":"runc",
     "ConsoleSize":[0,0],"Isolation":"","CpuShares":0,"Memory":67108864,"NanoCpus":500000000,
     "CgroupParent":"","BlkioWeight":0,"BlkioWeightDevice":[],"CpuPeriod":0,"CpuQuota":0,
     "CpusetCpus":"","CpusetMems":"","Devices":[{"PathOnHost":"/dev/null",
     "PathInContainer":"/dev/nn","CgroupPermissions":"rwm"}],"DeviceCgroupRules":null,
     "DeviceRequests":null,"KernelMemory":0,"MemoryReservation":0,"MemorySwap":134217728,
     "MemorySwappiness":null,"OomKillDisable":false,"PidsLimit":null,
     "Ulimits":[{"Name":"nofile","Hard":200,"Soft":100}],"Mounts":[
     {"Type":"volume","Target":"/anon2","VolumeOptions":{"NoCopy":true}},
     {"Type":"volume","Source":"named","Target":"/named"},
     {"Type":"tmpfs","Target":"/t2","TmpfsOptions":{"SizeBytes":1000000}}],
     "MaskedPaths":["/proc/acpi"],"ReadonlyPaths":["/proc/bus"]}
    """
}
