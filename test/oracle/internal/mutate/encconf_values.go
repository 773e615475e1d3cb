// SPDX-License-Identifier: Apache-2.0

package mutate

// Values on both sides of each rule that a server has for the field.

// oddResources are names that a rule speaks of, near misses, and names that no rule speaks of.
var oddResources = []string{
	"*.", "*.*", "*.apps", "*.batch", "*", "**", "*.*.*", "*.foo.*", "foos.*", ".*", "*.Apps", "*.events.k8s.io",
	"*.extensions", "*.k8s.io", "secrets", "secrets.", "secrets..", "Secrets", "SECRETS", "secret", "secrets.v1", "secrets/status",
	"configmaps", "configMaps", "events", "events.events.k8s.io", "events.events.k8s.io.", "events.EVENTS.k8s.io", "foo.extensions",
	"extensions", "foo.extensions.example", "foo.bar.extensions", "apiserveripinfo", "apiServerIPInfo", "apiserveripinfo.",
	"apiserveripinfo.example", "serviceipallocations", "servicenodeportallocations", "servicenodeportallocations.x", "", " ", ".",
	"..", ".apps", " secrets", "secrets ", "se crets", "deployments.apps", "deployments.Apps", "ünits", "ÜNITS", "ı", "İ", "ß",
	"ǅ", "ſ", "K", "ᾈ", "Ⅷ", "ⓐ", "Ⓐ", "ꙁ", "\U00010400", "\U00010428", "secrets\n", "secrets\x00", "-secrets", "1", "true", "pods,secrets",
}

var oddEndpoints = []string{
	"", "unix:///a.sock", "unix:///a/../b.sock", "UNIX:///a.sock", "Unix:/a.sock", "unix:a", "unix:/a", "unix://", "unix:", "unix:///",
	"unix://tmp/a.sock", "unix:///@name", "unix:@name", "unix://@/a", "unix:///a?x=1", "unix:///a#f", "unix:///a b", "unix:///%41",
	"unix:///%", "unix:///%zz", "unix:///a%2", " unix:///a", "unix:///a ", "unix:///a\n", "unix:///a\tb", "unix:///a\x7f", "unix://h:p/a",
	"unix://h:1/a", "unix://h:/a", "unix://[::1]/a", "unix://[::1/a", "unix://u:p@h/a", "unix://u@:p@h/a", "unix://h%41/a", "unix://h h/a",
	"unix://h\"/a", "unix://<h>/a", "http:///a", "https://example.com:1", "tcp://127.0.0.1:1", "file:///a", "/var/run/a.sock", "a.sock", "a:b",
	":", "://", "://a", "1nix:///a", "u-n.i+x:///a", "un_ix:///a", "ünix:///a", "unix:///ü", "unix;///a", "*", "?unix:///a", "#unix", "unix",
	"unix:?", "unix:#", "unix:?#", "unix:///a?%zz", "unix:///a#%zz", "//unix/a", "unix://[fe80::1%25en0]/a", "unix://[fe80::1%en0]/a",
	"unix://a^b/c", "unix://a|b/c", "unix://a\\b/c", "unix://a`b/c", "unix:///a\\b", "unix:///[a]", "unix:\x80", "unix:////a",
}

var oddDurations = []string{
	"3s", "0", "0s", "-1s", "+1s", "-0s", "1", "3", "", " 3s", "3s ", "3 s", "1d", "1h30m", "1.5h3m2s1ms", "1.5.5s", ".5s", "5.s", ".s",
	"s", "-", "+", "-.s", "1ns", "0.1ns", "0.9ns", "1us", "1µs", "1μs", "1ms", "1m", "1M", "1S", "1h", "1e3s", "0x1s", "1_0s", "2562047h47m16.854775807s",
	"2562047h47m16.854775808s", "-2562047h47m16.854775808s", "9223372036854775807ns", "9223372036854775808ns", "-9223372036854775808ns",
	"9999999999999999999ns", "0.000000000000000000000000001h", "1.0000000000000000000000001s", "00003s", "3s3s", "1s-1s", "1h1h1h", "infs", "nan", "٣s",
}

var oddCounts = []string{
	"0", "1", "-1", "10", "1000", "2147483647", "2147483648", "-2147483648", "-2147483649", "3000000000", "1e2", "1e10", "1.0", "1.5", "100.0",
	"0x10", "0o17", "017", "08", "0b11", "1_000", "+5", "-0", "\"5\"", "''", "null", "~", "true", "yes", "12:30", ".inf", "1e400", "[5]", "{}",
}

var oddVersions = []string{"v1", "v2", "v3", "V2", "", "v1beta1", "v2 ", "2", "v02"}

// oddHeaders are apiVersion and kind, as written.
var oddHeaders = [][2]string{
	{"apiserver.config.k8s.io/v1", "EncryptionConfiguration"}, {"v1", "EncryptionConfig"},
	{"v1", "EncryptionConfiguration"}, {"apiserver.config.k8s.io/v1", "EncryptionConfig"},
	{"apiserver.config.k8s.io/v1beta1", "EncryptionConfiguration"}, {"apiserver.config.k8s.io", "EncryptionConfiguration"},
	{"apiserver.k8s.io/v1", "EncryptionConfiguration"}, {"APIServer.config.k8s.io/v1", "EncryptionConfiguration"},
	{"apiserver.config.k8s.io/v1", "encryptionconfiguration"}, {"apiserver.config.k8s.io/v1", "EncryptionConfigurations"},
	{"apiserver.config.k8s.io/v1/", "EncryptionConfiguration"}, {"/v1", "EncryptionConfig"}, {"\"\"", "EncryptionConfiguration"},
	{"apiserver.config.k8s.io/v1", "\"\""}, {"null", "EncryptionConfiguration"}, {"1", "EncryptionConfig"}, {"v1", "List"},
	{"\"v1\"", "'EncryptionConfig'"}, {"apiserver.config.k8s.io/v1alpha1", "AdmissionConfiguration"}, {"v1", "Secret"},
	{"apiserver.config.k8s.io/v1", "AdmissionConfiguration"}, {"/", "EncryptionConfig"}, {"a/b/c", "EncryptionConfiguration"},
	{"apiserver.config.k8s.io/__internal", "EncryptionConfiguration"}, {"v1", "Status"}, {"v1", "WatchEvent"},
}

var oddKeyNames = []string{"", "key1", "key1", "key:1", ":", "a/b", "..", "key 1", "k\n", "ünïcødé", "*", "null", "1", "true", "K1", "k8s:enc:aescbc:v1:"}

// otherFields are names that are almost those of fields, with case and spelling as people write them.
var otherFields = map[string][]string{
	"apiVersion": {"apiversion", "ApiVersion", "api_version"},
	"kind":       {"Kind", "kinds"},
	"resources":  {"Resources", "resource", "resources "},
	"providers":  {"Providers", "provider"},
	"aescbc":     {"aesCBC", "aes-cbc", "AESCBC", "aes"},
	"aesgcm":     {"aesGCM", "AESGCM"},
	"secretbox":  {"secretBox", "Secretbox"},
	"identity":   {"Identity", "identity:"},
	"kms":        {"KMS", "kmsv2"},
	"keys":       {"key", "Keys"},
	"name":       {"Name", "names"},
	"secret":     {"Secret", "value"},
	"endpoint":   {"Endpoint", "endPoint"},
	"timeout":    {"Timeout", "timeOut"},
	"cachesize":  {"cacheSize", "CacheSize"},
}
