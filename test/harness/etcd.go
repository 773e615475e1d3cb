// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"
	"go.etcd.io/etcd/client/v3/kubernetes"
	"go.uber.org/zap"
)

// etcd is a real one, as a process of its own.
type etcd struct {
	path, dir string
	port      int
	peer      int
	cmd       *exec.Cmd
	client    *kubernetes.Client
	compacted atomic.Int64 // the oldest revision that can be read
	mu        sync.Mutex
	last      int64 // what the next compaction will be told
}

func freePort() (int, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer listener.Close()
	return listener.Addr().(*net.TCPAddr).Port, nil
}

func newEtcd(path string) (*etcd, error) {
	dir, err := os.MkdirTemp("", "harness-etcd-")
	if err != nil {
		return nil, err
	}
	e := &etcd{path: path, dir: dir}
	if e.port, err = freePort(); err != nil {
		return nil, err
	}
	if e.peer, err = freePort(); err != nil {
		return nil, err
	}
	if err := e.start(); err != nil {
		return nil, err
	}
	e.client, err = e.dial()
	return e, err
}

func (e *etcd) url() string { return fmt.Sprintf("http://127.0.0.1:%d", e.port) }

func (e *etcd) dial() (*kubernetes.Client, error) {
	return kubernetes.New(clientv3.Config{Endpoints: []string{e.url()}, Logger: zap.NewNop(), DialTimeout: 5 * time.Second})
}

func (e *etcd) start() error {
	peer := fmt.Sprintf("http://127.0.0.1:%d", e.peer)
	log, err := os.OpenFile(filepath.Join(e.dir, "log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer log.Close()
	e.cmd = exec.Command(e.path, "--data-dir", filepath.Join(e.dir, "data"), "--listen-client-urls", e.url(),
		"--advertise-client-urls", e.url(), "--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer,
		"--initial-cluster", "default="+peer, "--unsafe-no-fsync", "--log-level", "error",
		"--quota-backend-bytes", "1073741824")
	e.cmd.Stdout, e.cmd.Stderr = log, log
	e.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := e.cmd.Start(); err != nil {
		return err
	}
	return e.awaitReady()
}

func (e *etcd) awaitReady() error {
	client, err := e.dial()
	if err != nil {
		return err
	}
	defer client.Close()
	var last error
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		_, last = client.Client.Get(ctx, "x")
		cancel()
		if last == nil {
			return nil
		}
	}
	return fmt.Errorf("etcd does not come up: %w", last)
}

func (e *etcd) kill() {
	_ = e.cmd.Process.Kill()
	_ = e.cmd.Wait()
}

func (e *etcd) stop() {
	e.kill()
	os.RemoveAll(e.dir)
}

// census counts under which keys values are stored below a prefix.
func (e *etcd) census(ctx context.Context, prefix string) ([]string, int64, error) {
	answer, err := e.client.Client.Get(ctx, prefix, clientv3.WithPrefix())
	if err != nil {
		return nil, 0, err
	}
	found := map[string]bool{}
	keys := []string{}
	for _, kv := range answer.Kvs {
		key := keyOf(kv.Value)
		if !found[key] {
			found[key] = true
			keys = append(keys, key)
		}
	}
	return keys, answer.Header.Revision, nil
}

// keyOf reads "k8s:enc:aescbc:v1:key1:…".
func keyOf(value []byte) string {
	if !strings.HasPrefix(string(value), "k8s:enc:") {
		return "plain"
	}
	parts := strings.SplitN(string(value[:min(len(value), 300)]), ":", 6)
	if len(parts) < 6 {
		return "unknown/value"
	}
	return parts[2] + "/" + parts[4]
}

// compact does as an API server's compactor: what it is told is the revision of one interval ago.
func (e *etcd) compact(ctx context.Context) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	answer, err := e.client.Client.Get(ctx, "x")
	if err != nil {
		return err
	}
	target := e.last
	e.last = answer.Header.Revision
	if target <= e.compacted.Load() {
		return nil
	}
	if _, err := e.client.Client.Compact(ctx, target); err != nil {
		return err
	}
	e.compacted.Store(target)
	return nil
}
