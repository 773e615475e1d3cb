/* SPDX-License-Identifier: Apache-2.0 */
#include "diag/symptom_impl.h"

/*
 * What upstream prints, and what it comes from. Words of k8s.io/apiserver
 * (apis/apiserver/validation, server/options/encryptionconfig, storage/value), of
 * k8s.io/kubernetes (pkg/kubelet), of pflag and of etcd's client; seen from 1.13 to 1.37.
 */

#define FILE_ERROR "encryption provider configuration file"
#define SERVER     "apiserver"

const struct ar__symptom ar__symptoms[] = {
	/* a running server that goes on with its old file */
	{ "error processing encryption config file", NULL, "reload-rejected", false },

	/* what the file says */
	{ "KMSv1 is deprecated", "--feature-gates=KMSv1", "kms-v1-off", true },
	{ "KMSv2 feature is not enabled", NULL, "kms-v2-off", true },
	{ "secrets must be base64 encoded", NULL, "key-base64", true },
	{ "illegal base64 data", "named key", "key-base64", true },
	{ "illegal base64 data", FILE_ERROR, "key-base64", true },
	{ "secret is not of the expected length", NULL, "key-length", true },
	{ "invalid key size", "named key", "key-length", true },
	{ "expected key size 32 for secretbox", NULL, "key-length", true },
	{ "secret is a mandatory field for a key", NULL, "key-secret-missing", true },
	{ "has no provided secret", NULL, "key-secret-missing", true },
	{ "name is a mandatory field for a key", NULL, "key-name-missing", true },
	{ "key with invalid name provided", NULL, "key-name-missing", true },
	{ "at least one keys is required", NULL, "keys-none", true },
	{ "provider has no valid keys", NULL, "keys-none", true },
	{ "does not contain any of the expected providers", NULL, "provider-none", true },
	{ "more than one provider specified", NULL, "provider-several", true },
	{ ".providers is required", NULL, "providers-none", true },
	{ ".resources is required", NULL, "resources-none", true },
	{ "at least one resources is required", NULL, "resources-none", true },
	{ "is masked by earlier rule", NULL, "resource-masked", true },
	{ "using overlapping resources", NULL, "resource-overlap", true },
	{ "the same resource cannot be specified", NULL, "resource-duplicate", true },
	{ "resource name should not contain capital", NULL, "resource-name", true },
	{ "use '*.' to encrypt all", NULL, "resource-name", true },
	{ "resources which do not have REST API", NULL, "resource-name", true },
	{ "objects are stored using the 'events'", NULL, "resource-name", true },
	{ "'extensions' group has been removed", NULL, "resource-name", true },
	{ "encrypting the same resource across", NULL, "resource-name", true },
	{ "duplicate KMS provider name", NULL, "kms-name", true },
	{ "invalid KMS provider name", NULL, "kms-name", true },
	{ "name is a mandatory field for a provider", NULL, "kms-name", true },
	{ "timeout should be a positive value", NULL, "kms-timeout", true },
	{ "unsupported scheme", "KMS provider", "kms-endpoint", true },
	{ "invalid endpoint for kms provider", NULL, "kms-endpoint", true },
	{ "endpoint is a mandatory field for a kms", NULL, "kms-endpoint", true },
	{ "cachesize should be a positive value", NULL, "kms-cachesize", true },
	{ "cachesize is not supported in v2", NULL, "kms-cachesize", true },
	{ "unsupported apiVersion", "KMS provider", "kms-version", true },
	{ "unsupported KMS API version", NULL, "kms-version", true },

	/* what the file is */
	{ "no such file or directory", FILE_ERROR, "config-not-seen", true },
	{ "permission denied", FILE_ERROR, "config-denied", true },
	{ "is a directory", FILE_ERROR, "config-is-folder", true },
	{ "is empty", FILE_ERROR, "config-empty", true },
	{ "unknown field", FILE_ERROR, "field-unknown", true },
	{ "already set in map", FILE_ERROR, "field-twice", true },
	{ "duplicate field", FILE_ERROR, "field-twice", true },
	{ "cannot unmarshal", FILE_ERROR, "config-type", true },
	{ "no kind ", FILE_ERROR, "config-kind", true },
	{ "no version ", FILE_ERROR, "config-kind", true },
	{ "'Kind' is missing", FILE_ERROR, "config-kind", true },
	{ "'apiVersion' is missing", FILE_ERROR, "config-kind", true },
	{ "got unexpected config type", NULL, "config-kind", true },
	{ "did not find expected", FILE_ERROR, "config-syntax", true },
	{ "yaml: ", FILE_ERROR, "config-syntax", true },
	{ "json parse error", FILE_ERROR, "config-syntax", true },
	{ "invalid character", FILE_ERROR, "config-syntax", true },
	{ "-automatic-reload must be set with", NULL, "reload-needs-config", true },
	{ "could not configure KMS", NULL, "config-rejected", true },
	{ FILE_ERROR, NULL, "config-rejected", true },
	{ "error while parsing file", NULL, "config-rejected", true },
	{ "error while building transformers", NULL, "config-rejected", true },

	/* how the server was started */
	{ "unknown flag: -", NULL, "flag-unknown", true },
	{ "unknown shorthand flag", NULL, "flag-unknown", true },
	{ "unrecognized feature gate", NULL, "flag-value", true },
	{ "invalid argument", " flag: ", "flag-value", true },
	{ "failed to listen on", "address already in use", "port-taken", true },
	{ "private key does not match public key", NULL, "certificate-invalid", true },
	{ "failed to find any PEM data", NULL, "certificate-invalid", true },
	{ "unable to load client CA", NULL, "certificate-invalid", true },
	{ "authentication handshake failed", "x509: ", "certificate-invalid", true },
	{ "no such file or directory", ".crt: ", "certificate-missing", true },
	{ "no such file or directory", ".key: ", "certificate-missing", true },
	{ "no such file or directory", ".pem: ", "certificate-missing", true },
	{ "no such file or directory", ".pub: ", "certificate-missing", true },

	/* the kubelet's log */
	{ "couldn't parse as pod", SERVER, "kubelet-refused", false },
	{ "Could not process manifest file", SERVER, "kubelet-refused", false },
	{ "can't process config file", SERVER, "kubelet-refused", false },
	{ "static pods may not", SERVER, "kubelet-refused", false },
	{ "hostPath type check failed", SERVER, "hostpath-check", false },
	{ "MountVolume.SetUp failed", SERVER, "mount-failed", false },
	{ "ErrImagePull", SERVER, "image-missing", false },
	{ "ImagePullBackOff", SERVER, "image-missing", false },
	{ "ErrImageNeverPull", SERVER, "image-missing", false },
	{ "InvalidImageName", SERVER, "image-missing", false },
	{ "ImageInspectError", SERVER, "image-missing", false },
	{ "CreateContainerError", SERVER, "container-create", false },
	{ "CreateContainerConfigError", SERVER, "container-create", false },
	{ "RunContainerError", SERVER, "container-create", false },
	{ "CreatePodSandboxError", SERVER, "container-create", false },
	{ "OCI runtime create failed", SERVER, "container-create", false },
	{ "OOMKilled", SERVER, "out-of-memory", false },
	{ "Out of memory: Killed process", SERVER, "out-of-memory", false },
	{ "no space left on device", NULL, "no-space", false },
	{ "container runtime is down", NULL, "runtime-down", false },
	{ "containerd.sock: connect", NULL, "runtime-down", false },
	{ "crio.sock: connect", NULL, "runtime-down", false },

	/* etcd */
	{ "database space exceeded", NULL, "etcd-full", false },
	{ "connection refused", ":2379", "etcd-unreachable", true },
	{ "etcdserver: no leader", NULL, "etcd-unreachable", true },
	{ "etcdserver: request timed out", NULL, "etcd-unreachable", true },
	{ "err=\"context deadline exceeded\"", "command failed", "etcd-unreachable", true },
	{ "err (context deadline exceeded)", "storage backend", "etcd-unreachable", true },

	/* values that cannot be read */
	{ "tried to read encrypted data", NULL, "value-encrypted", false },
	{ "no matching key was found for", NULL, "value-no-key", false },
	{ "no matching prefix found", NULL, "value-no-provider", false },
	{ "invalid padding on input", NULL, "value-wrong-key", false },
	{ "invalid PKCS7 data", NULL, "value-wrong-key", false },
	{ "not a multiple of the block size", NULL, "value-wrong-key", false },
	{ "message authentication failed", "cipher", "value-wrong-key", false },
	{ "array was not large enough for encryption", NULL, "value-wrong-key", false },
	{ "data was shorter than the required size", NULL, "value-wrong-key", false },
	{ "failed to decrypt DEK", NULL, "kms-unreachable", false },
	{ "failed to encrypt DEK", NULL, "kms-unreachable", false },
	{ "healthz check for KMS Provider", NULL, "kms-unreachable", false },
	{ "kmsv2 Provider ", "is not healthy", "kms-unreachable", false },

	/* what is only seen from outside */
	{ "probe, will be restarted", SERVER, "probe-failed", false },
	{ "CrashLoopBackOff", SERVER, "crash-loop", false },
	{ "restarting failed container", SERVER, "crash-loop", false },

	{ NULL, NULL, NULL, false },
};
