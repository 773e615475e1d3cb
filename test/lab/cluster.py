# SPDX-License-Identifier: Apache-2.0
"""A control plane on the nodes of a space, by kubeadm's own phases."""
import json
import shutil
import subprocess
import time

import space

# What the first node makes and the others need before they make their own.
SHARED = ["ca", "sa", "front-proxy-ca", "etcd/ca"]
KUBECTL = "kubectl --kubeconfig /etc/kubernetes/super-admin.conf"

CONTAINERD = """\
version = 2
root = "/var/lib/containerd"
state = "/run/containerd"
disabled_plugins = ["io.containerd.snapshotter.v1.aufs", "io.containerd.snapshotter.v1.btrfs",
  "io.containerd.snapshotter.v1.devmapper", "io.containerd.snapshotter.v1.zfs"]
[grpc]
  address = "/run/containerd/containerd.sock"
[plugins."io.containerd.internal.v1.opt"]
  path = "/var/lib/containerd/opt"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "{pause}"
  disable_apparmor = true
  # Where CAP_SYS_RESOURCE is missing no score can be lowered, and no sandbox would start.
  restrict_oom_score_adj = true
  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = "overlayfs"
    default_runtime_name = "runc"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
      runtime_type = "io.containerd.runc.v2"
"""

KUBEADM = """\
apiVersion: kubeadm.k8s.io/v1beta4
kind: InitConfiguration
localAPIEndpoint:
  advertiseAddress: {address}
  bindPort: 6443
nodeRegistration:
  name: {node}
  criSocket: unix:///run/containerd/containerd.sock
---
apiVersion: kubeadm.k8s.io/v1beta4
kind: ClusterConfiguration
kubernetesVersion: {version}
controlPlaneEndpoint: {endpoint}:6443
{server}etcd:
  local:
    dataDir: /var/lib/etcd
    imageTag: {etcd}
{cluster}---
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
cgroupDriver: cgroupfs
containerRuntimeEndpoint: unix:///run/containerd/containerd.sock
enforceNodeAllocatable: []
evictionHard:
  imagefs.available: "0%"
  memory.available: "0%"
  nodefs.available: "0%"
  nodefs.inodesFree: "0%"
failCgroupV1: false
failSwapOn: false
imageGCHighThresholdPercent: 100
rotateCertificates: false
volumePluginDir: /var/lib/kubelet/volumeplugins
"""

PREPARE = """\
kubeadm init phase certs all --config /etc/kubeadm.yaml
kubeadm init phase kubeconfig all --config /etc/kubeadm.yaml
kubeadm init phase etcd local --config /etc/kubeadm.yaml
kubeadm init phase control-plane apiserver --config /etc/kubeadm.yaml
kubeadm init phase kubelet-start --config /etc/kubeadm.yaml
"""

# etcd 3.4 has one question about its health; kubeadm asks what later ones answer.
OLD_ETCD = "sed -i 's,path: /\\(livez\\|readyz\\)$,path: /health,' /etc/kubernetes/manifests/etcd.yaml\n"

# super-admin.conf is for what comes before admin.conf has rights.
AFTER = f"""\
{KUBECTL} wait --for=create node/$(hostname) --timeout=120s
{KUBECTL} create clusterrolebinding kubeadm:cluster-admins --clusterrole=cluster-admin --group=kubeadm:cluster-admins
kubeadm init phase upload-config all --config /etc/kubeadm.yaml --kubeconfig /etc/kubernetes/super-admin.conf
"""


# etcd with RBAC: its certificates' common names are its users. The API server's may use what Kubernetes keeps there and
# no more; of kubeadm's own none is root, so one is made.
ETCD_AUTH = """\
cd /etc/kubernetes/pki/etcd
openssl req -new -newkey rsa:2048 -nodes -keyout root.key -subj /CN=root -out /run/lab/root.csr 2>/dev/null
printf 'extendedKeyUsage=clientAuth\\n' >/run/lab/root.ext
openssl x509 -req -in /run/lab/root.csr -CA ca.crt -CAkey ca.key -set_serial 4711 -days 30 -extfile /run/lab/root.ext \\
    -out root.crt 2>/dev/null
mv root.crt root.key /opt
cat >/opt/etcdctl-root <<'END'
#!/bin/sh
exec etcdctl --endpoints https://127.0.0.1:2379 --cacert /etc/kubernetes/pki/etcd/ca.crt \\
    --cert /opt/root.crt --key /opt/root.key "$@"
END
chmod 755 /opt/etcdctl-root
for user in root kube-apiserver-etcd-client; do
    /opt/etcdctl-root user add --no-password $user
done
/opt/etcdctl-root role add kubernetes
/opt/etcdctl-root role grant-permission kubernetes readwrite /registry/ --prefix
/opt/etcdctl-root role grant-permission kubernetes readwrite compact_rev_key
/opt/etcdctl-root user grant-role root root
/opt/etcdctl-root user grant-role kube-apiserver-etcd-client kubernetes
/opt/etcdctl-root auth enable
"""


def extra_args(pairs, indent):
    """kubeadm's list of names and values."""
    if not pairs:
        return ""
    return f"{indent}extraArgs:\n" + "".join(f"{indent}- name: {name}\n{indent}  value: {json.dumps(value)}\n"
                                             for name, value in pairs)


class Cluster:
    def __init__(self, lab, nodes, parts, api_flags, etcd_flags, own=None):
        self.space, self.nodes, self.parts = lab, nodes, parts
        self.own = own or {}  # the parts of nodes that are not as the others
        self.api_flags, self.etcd_flags = api_flags, etcd_flags
        self.begin = time.monotonic()

    def say(self, text):
        print(f"lab: {time.monotonic() - self.begin:5.1f} s  {text}", flush=True)

    # --- commands on the nodes

    def sh(self, node, script):
        """A script on a node, under way."""
        argv = ["env", *environment(self.parts.path()), "sh", "-ec", script]
        return node, self.space.start(node, argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                      stderr=subprocess.STDOUT, text=True)

    @staticmethod
    def done(*running):
        for node, process in running:
            text = process.communicate()[0]
            if process.returncode:
                raise space.Trouble(f"{node}: " + "\n".join(text.strip().splitlines()[-12:]))

    def folder(self, node):
        return self.space.data / node / "own/etc/kubernetes"

    # --- the way up

    def up(self, etcd_auth):
        booting = [self.space.boot(node, self.parts.pause) for node in [space.HUB, *self.nodes]]
        for process in booting:
            self.space.booted(process)
        self.space.cable(self.nodes)
        self.say(f"{len(self.nodes)} node{'s' if len(self.nodes) > 1 else ''} without anything")
        self.done(*[self.sh(node, self.files(node, index)) for index, node in enumerate(self.nodes)])
        prepare = PREPARE + (OLD_ETCD if self.parts.etcd_tag.startswith("3.4.") else "")
        importing = [self.sh(node, self.runtime(node)) for node in self.nodes]
        first, others = self.nodes[0], self.nodes[1:]
        self.done(self.sh(first, prepare))
        for node in others:
            self.share(first, node)
        self.done(*[self.sh(node, prepare + "rm /etc/kubernetes/super-admin.conf") for node in others])
        self.say("certificates, manifests")
        self.done(*importing)
        self.say("images")
        self.done(*[self.sh(node, service("start", "kubelet")) for node in self.nodes])
        self.done(*[self.sh(node, self.ready(index)) for index, node in enumerate(self.nodes)])
        self.say("every API server is ready")
        self.done(self.sh(first, AFTER))
        if etcd_auth:
            self.done(self.sh(first, ETCD_AUTH))
        self.done(*[self.sh(node, self.settled()) for node in self.nodes])
        self.say("every kubelet shows its API server")

    def files(self, node, index):
        """Writes what the node's programs are configured with."""
        members = ",".join(f"{name}=https://{space.address(i)}:2380" for i, name in enumerate(self.nodes))
        cluster = [("initial-cluster", members), ("initial-cluster-state", "new")] if len(self.nodes) > 1 else []
        cluster += self.etcd_flags
        server = extra_args(self.api_flags, "  ")
        config = KUBEADM.format(address=space.address(index), node=node, version=self.parts_of(node).version,
                                endpoint=space.address(0), server=f"apiServer:\n{server}" if server else "",
                                etcd=self.parts.etcd_tag, cluster=extra_args(cluster, "    "))
        return (f"cat >/etc/kubeadm.yaml <<'END'\n{config}END\n"
                f"cat >/run/lab/containerd.toml <<'END'\n{CONTAINERD.format(pause=self.parts.names['pause'])}END\n"
                f"echo {space.address(index)} >/run/lab/address\n")

    def parts_of(self, node):
        return self.own.get(node, self.parts)

    def runtime(self, node):
        ctr = "ctr --address /run/containerd/containerd.sock --namespace k8s.io"
        imports = "".join(f"{ctr} images import {archive}\n" for archive in self.parts_of(node).archives)
        return (service("start", "containerd") + f"until {ctr} version >/dev/null 2>&1; do\n"
                f"{service('status', 'containerd')}sleep 0.05\ndone\n{imports}")

    def share(self, first, node):
        """Certificate authorities and the service accounts' key, as `kubeadm init phase upload-certs` has them."""
        for name in SHARED:
            for path in (self.folder(first) / "pki").glob(f"{name}.*"):
                target = self.folder(node) / path.relative_to(self.folder(first))
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(path, target)

    @staticmethod
    def ready(index):
        """Awaits the node's own API server, as a client that has no rights yet: ready is what any client may ask."""
        pki = "/etc/kubernetes/pki"
        return (f"ready() {{ kubectl --server https://{space.address(index)}:6443 --certificate-authority {pki}/ca.crt "
                f"--client-certificate {pki}/apiserver-kubelet-client.crt "
                f"--client-key {pki}/apiserver-kubelet-client.key get --raw /readyz; }}\n"
                "tries=0\nuntil ready >/dev/null 2>&1; do\ntries=$((tries + 1))\n"
                "[ $tries -lt 400 ] || { tail -n 20 /var/log/kubelet.log; exit 1; }\nsleep 0.2\ndone\n")

    @staticmethod
    def settled():
        pod = "--namespace kube-system pod/kube-apiserver-$(hostname)"
        kubectl = "kubectl --kubeconfig /etc/kubernetes/admin.conf"
        return (f"{kubectl} wait --for=create node/$(hostname) --timeout=120s\n"
                "kubeadm init phase mark-control-plane --config /etc/kubeadm.yaml\n"
                f"{kubectl} wait --for=create {pod} --timeout=120s\n")


def service(action, name):
    return f"{space.HERE / 'service.sh'} {action} {name}\n"


def environment(path):
    """What a command on a node finds: the lab's programs first, and no cache in root's home on the machine."""
    return [f"PATH={path}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root",
            "KUBECACHEDIR=/run/lab/kubectl"]
