#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# On a node: what systemd does on a real one.
#
#   service.sh start containerd|kubelet|kube-controller-manager
#   service.sh stop NAME            awaits its end
#   service.sh status NAME          exits 3 where it does not run
#
# Its output is in /var/log/NAME.log. A service is known by the number in /run/lab/NAME.pid, and by
# its program's name.
set -eu

action=$1 name=$2
pidfile=/run/lab/$name.pid

running() {
	pid=$(cat "$pidfile" 2>/dev/null) || return 1
	comm=$(cat "/proc/$pid/comm" 2>/dev/null) || return 1
	[ "$comm" = "$(printf %.15s "$name")" ]
}

command_of() {
	case $name in
	containerd) echo "containerd --config /run/lab/containerd.toml" ;;
	kubelet)
		echo "kubelet --config=/var/lib/kubelet/config.yaml --kubeconfig=/etc/kubernetes/kubelet.conf" \
			"--hostname-override=$(hostname) --node-ip=$(cat /run/lab/address) --v=2"
		;;
	kube-controller-manager)
		conf=/etc/kubernetes/controller-manager.conf pki=/etc/kubernetes/pki
		echo "kube-controller-manager --kubeconfig=$conf --authentication-kubeconfig=$conf" \
			"--authorization-kubeconfig=$conf --bind-address=127.0.0.1 --leader-elect=false" \
			"--use-service-account-credentials=true --root-ca-file=$pki/ca.crt" \
			"--service-account-private-key-file=$pki/sa.key --client-ca-file=$pki/ca.crt"
		;;
	*) echo "service.sh: no service is called '$name'" >&2; exit 2 ;;
	esac
}

start() {
	! running || return 0
	command=$(command_of)
	# shellcheck disable=SC2016 # expanded by the new shell
	setsid sh -c 'echo $$ >"$1"; exec $2' sh "$pidfile.new" "$command" \
		>>"/var/log/$name.log" 2>&1 </dev/null 9>&- &
	until [ -s "$pidfile.new" ]; do sleep 0.01; done
	mv "$pidfile.new" "$pidfile"
}

stop() {
	running || return 0
	kill "$pid"
	tries=0
	while running; do
		tries=$((tries + 1))
		[ "$tries" != 600 ] || kill -KILL "$pid"
		sleep 0.05
	done
	rm -f "$pidfile"
}

case $action in
start) start ;;
stop) stop ;;
restart) stop; start ;;
status) running || { echo "$name does not run"; exit 3; }; echo "$name runs" ;;
*) echo "usage: service.sh start|stop|restart|status NAME" >&2; exit 2 ;;
esac
