# SPDX-License-Identifier: Apache-2.0
"""Container images without a registry: an OCI archive with one binary in one layer, made here.

Layout as in the OCI image specification: a tar of oci-layout, index.json and the blobs (config, manifest, layer).
containerd takes the image's name from the index's annotations.
"""
import hashlib
import io
import json
import os
import pathlib
import subprocess
import tarfile

# What a static pod's manifest mounts must be there to mount on.
FOLDERS = ["etc", "etc/ssl", "etc/ssl/certs", "etc/ca-certificates", "etc/kubernetes", "usr", "usr/bin", "usr/local",
           "usr/local/bin", "usr/local/share", "usr/local/share/ca-certificates", "usr/share",
           "usr/share/ca-certificates", "var", "var/lib", "var/lib/etcd", "tmp"]
OCI = "application/vnd.oci.image"


def libraries(binary):
    """What a binary needs beside itself: nothing for those built here, libc for Debian's."""
    done = subprocess.run(["ldd", str(binary)], capture_output=True, text=True, check=False)
    words = done.stdout.split() if done.returncode == 0 else []
    return [pathlib.Path(word) for word in words if word.startswith("/")]


def layer(binaries):
    """An uncompressed tar of the folders, the binaries and what they need."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        folders = set(FOLDERS)
        files = {}
        for binary in binaries:
            files[f"usr/local/bin/{binary.name}"] = binary
            files |= {str(path).lstrip("/"): path for path in libraries(binary)}
        for name in files:
            folders |= {str(parent) for parent in pathlib.PurePath(name).parents if str(parent) != "."}
        for name in sorted(folders):
            entry = tarfile.TarInfo(name)
            entry.type, entry.mode = tarfile.DIRTYPE, 0o1777 if name == "tmp" else 0o755
            tar.addfile(entry)
        for name, path in sorted(files.items()):
            with open(path, "rb") as file:
                entry = tarfile.TarInfo(name)
                entry.size, entry.mode = os.fstat(file.fileno()).st_size, 0o755
                tar.addfile(entry, file)
    return buffer.getvalue()


class Blobs:
    def __init__(self, tar):
        self.tar = tar

    def plain(self, name, data):
        entry = tarfile.TarInfo(name)
        entry.size = len(data)
        self.tar.addfile(entry, io.BytesIO(data))

    def blob(self, kind, data):
        """The descriptor that points at these bytes."""
        digest = hashlib.sha256(data).hexdigest()
        self.plain(f"blobs/sha256/{digest}", data)
        return {"mediaType": f"{OCI}.{kind}", "digest": f"sha256:{digest}", "size": len(data)}


def archive(target, reference, binaries, command=()):
    """Makes the archive of an image, once: `target` names it and its content."""
    if target.exists():
        return target
    half = target.with_name(f".{target.name}.{os.getpid()}")
    with tarfile.open(half, "w") as tar:
        blobs = Blobs(tar)
        content = layer(binaries)
        config = {
            "architecture": {"x86_64": "amd64", "aarch64": "arm64"}.get(os.uname().machine, os.uname().machine),
            "os": "linux",
            # kubeadm's command is the bare name of the program.
            "config": {"Env": ["PATH=/usr/local/bin:/usr/bin"], "Cmd": list(command)},
            "rootfs": {"type": "layers", "diff_ids": ["sha256:" + hashlib.sha256(content).hexdigest()]},
        }
        manifest = {
            "schemaVersion": 2, "mediaType": f"{OCI}.manifest.v1+json",
            "config": blobs.blob("config.v1+json", json.dumps(config).encode()),
            "layers": [blobs.blob("layer.v1.tar", content)],
        }
        described = blobs.blob("manifest.v1+json", json.dumps(manifest).encode())
        described["annotations"] = {"io.containerd.image.name": reference,
                                    "org.opencontainers.image.ref.name": reference.rsplit(":", 1)[1]}
        blobs.plain("index.json", json.dumps({"schemaVersion": 2, "manifests": [described]}).encode())
        blobs.plain("oci-layout", b'{"imageLayoutVersion": "1.0.0"}')
    half.rename(target)
    return target
