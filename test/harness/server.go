// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"go.etcd.io/etcd/client/v3/kubernetes"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/apimachinery/pkg/runtime/serializer/protobuf"
	"k8s.io/apiserver/pkg/server/options/encryptionconfig"
	"k8s.io/apiserver/pkg/storage"
	"k8s.io/apiserver/pkg/storage/cacher"
	"k8s.io/apiserver/pkg/storage/etcd3"
	"k8s.io/apiserver/pkg/storage/value"
	"k8s.io/apiserver/pkg/storage/value/encrypt/identity"
)

var errDown = errors.New("the server is down")

var codec = func() runtime.Codec {
	scheme := runtime.NewScheme()
	if err := corev1.AddToScheme(scheme); err != nil {
		panic(err)
	}
	codecs := serializer.NewCodecFactory(scheme)
	proto := protobuf.NewSerializer(scheme, scheme)
	return codecs.CodecForVersions(proto, codecs.UniversalDeserializer(), corev1.SchemeGroupVersion, corev1.SchemeGroupVersion)
}()

// disk is a node's own: the manifest's flag and the config file.
type disk struct {
	mu    sync.Mutex
	path  string
	flag  bool
	mtime int64 // by the world's clock
}

func (d *disk) read() []byte {
	d.mu.Lock()
	defer d.mu.Unlock()
	text, err := os.ReadFile(d.path)
	if err != nil {
		return nil
	}
	return text
}

// store is one kind of resource in one server.
type store struct {
	raw    storage.Interface
	cached storage.Interface
	cacher *cacher.Cacher
	close  func()
}

// process is an API server that runs.
type process struct {
	ctx     context.Context
	cancel  context.CancelFunc
	client  *kubernetes.Client
	dynamic *encryptionconfig.DynamicTransformers
	stores  map[string]*store
	start   int64
	ready   bool

	mu      sync.Mutex
	text    []byte // of the config that is loaded; nil: it runs without the flag
	hash    string
	loaded  int64 // when that was
	reloads int64
}

func (p *process) has() (text []byte, hash string, loaded, reloads int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.text, p.hash, p.loaded, p.reloads
}

type server struct {
	w    *world
	id   int
	name string
	disk disk
	mu   sync.RWMutex // requests share it
	run  atomic.Pointer[process]
	lag  int // so many times its poll comes too late
	// Somebody else's act took keys from it: what it cannot read is no fault of the ladder.
	excused atomic.Bool
	lossy   atomic.Bool // it once was: of older revisions it may never read some again
}

// watchful tells the world of every value that its server cannot read.
type watchful struct {
	value.Transformer
	s        *server
	p        *process
	resource string
}

func (t watchful) TransformFromStorage(ctx context.Context, data []byte, about value.Context) ([]byte, bool, error) {
	out, stale, err := t.Transformer.TransformFromStorage(ctx, data, about)
	if err != nil && t.p.ctx.Err() == nil {
		t.s.w.problem(t.s, "meets a value under %s that it cannot read: %s %s: %v", keyOf(data), t.resource,
			about.AuthenticatedData(), err)
	}
	return out, stale, err
}

func newObject(resource string) runtime.Object {
	if resource == "secrets" {
		return &corev1.Secret{}
	}
	return &corev1.ConfigMap{}
}

func newList(resource string) runtime.Object {
	if resource == "secrets" {
		return &corev1.SecretList{}
	}
	return &corev1.ConfigMapList{}
}

func attributes(object runtime.Object) (labels.Set, fields.Set, error) {
	about, err := meta.Accessor(object)
	if err != nil {
		return nil, nil, err
	}
	return about.GetLabels(), fields.Set{"metadata.name": about.GetName()}, nil
}

func (p *process) addStore(s *server, resource string, transformer value.Transformer) error {
	group := schema.GroupResource{Resource: resource}
	versioner := storage.APIObjectVersioner{}
	prefix := "/" + resource
	fresh := func() runtime.Object { return newObject(resource) }
	freshList := func() runtime.Object { return newList(resource) }
	raw := etcd3.New(p.client, nil, codec, fresh, freshList, s.w.prefix, prefix, group, watchful{transformer, s, p, resource},
		etcd3.NewDefaultLeaseManagerConfig(), etcd3.NewDefaultDecoder(codec, versioner), versioner)
	cached, err := cacher.NewCacherFromConfig(cacher.Config{
		Storage: raw, Versioner: versioner, GroupResource: group, ResourcePrefix: prefix, Codec: codec,
		EventsHistoryWindow: cacher.DefaultEventFreshDuration,
		KeyFunc: func(object runtime.Object) (string, error) {
			about, err := meta.Accessor(object)
			if err != nil {
				return "", err
			}
			return keyFor(resource, about.GetName()), nil
		},
		GetAttrsFunc: attributes, NewFunc: fresh, NewListFunc: freshList})
	if err != nil {
		return err
	}
	delegator := cacher.NewCacheDelegator(cached, raw)
	p.stores[resource] = &store{raw, delegator, cached, func() {
		delegator.Stop()
		cached.Stop()
		raw.Close()
	}}
	return nil
}

func keyFor(resource, name string) string { return "/" + resource + "/default/" + name }

// start reads the disk, as a new process does. The request lock is the caller's.
func (s *server) start() error {
	ctx, cancel := context.WithCancel(context.Background())
	p := &process{ctx: ctx, cancel: cancel, stores: map[string]*store{}, start: s.w.tick()}
	p.loaded = p.start
	of := func(schema.GroupResource) value.Transformer { return identity.NewEncryptCheckTransformer() }
	s.disk.mu.Lock()
	flag, path := s.disk.flag, s.disk.path
	s.disk.mu.Unlock()
	if flag {
		config, err := encryptionconfig.LoadEncryptionConfig(ctx, path, s.w.spec.reload, s.name)
		if err != nil {
			cancel()
			return fmt.Errorf("%s does not start: %w", s.name, err)
		}
		p.text, p.hash = s.disk.read(), config.EncryptionFileContentHash
		if s.w.spec.reload {
			p.dynamic = encryptionconfig.NewDynamicTransformers(config.Transformers, config.HealthChecks[0], func() {}, config.KMSCloseGracePeriod)
			of = p.dynamic.TransformerForResource
		} else {
			of = encryptionconfig.StaticTransformers(config.Transformers).TransformerForResource
		}
	}
	var err error
	if p.client, err = s.w.etcd.dial(); err != nil {
		cancel()
		return err
	}
	for _, resource := range s.w.resources {
		if err := p.addStore(s, resource, of(schema.GroupResource{Resource: resource})); err != nil {
			cancel()
			return err
		}
	}
	p.awaitReady(s.excused.Load())
	s.run.Store(p)
	return nil
}

// Nobody is sent to a server that is not ready.
func (p *process) awaitReady(excused bool) {
	patience := 10 * time.Second
	if excused {
		patience = 100 * time.Millisecond
	}
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	p.ready = true
	for _, store := range p.stores {
		p.ready = store.cacher.Wait(ctx) == nil && p.ready
	}
}

func (p *process) end() {
	p.cancel()
	for _, store := range p.stores {
		store.close()
	}
	_ = p.client.Close()
}

// crash ends what it is at: requests are cut off.
func (s *server) crash() {
	p := s.run.Swap(nil)
	if p == nil {
		return
	}
	p.cancel()
	s.mu.Lock()
	defer s.mu.Unlock()
	p.end()
}

// restart drains: requests come to their end first.
func (s *server) restart() error {
	s.mu.Lock()
	if p := s.run.Swap(nil); p != nil {
		p.end()
	}
	err := s.start()
	s.mu.Unlock()
	return err
}

// poll is one look of its reload at the file.
func (s *server) poll() {
	p := s.run.Load()
	if p == nil || p.dynamic == nil || s.lag > 0 {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	text := s.disk.read()
	config, err := encryptionconfig.LoadEncryptionConfig(p.ctx, s.disk.path, true, s.name)
	if err != nil || config.EncryptionFileContentHash == p.hash {
		return
	}
	p.dynamic.Set(config.Transformers, func() {}, config.HealthChecks[0], config.KMSCloseGracePeriod)
	p.text, p.hash, p.loaded = text, config.EncryptionFileContentHash, s.w.tick()
	p.reloads++
}

// write puts a file onto the disk by rename, or takes it away; the reload sees it at once.
func (s *server) write(text []byte) error {
	s.disk.mu.Lock()
	var err error
	if text == nil {
		err = os.Remove(s.disk.path)
	} else {
		half := s.disk.path + ".new"
		if err = os.WriteFile(half, text, 0o600); err == nil {
			err = os.Rename(half, s.disk.path)
		}
	}
	s.disk.mtime = s.w.tick()
	s.disk.mu.Unlock()
	s.poll()
	return err
}

func newServer(w *world, id int) (*server, error) {
	s := &server{w: w, id: id, name: fmt.Sprintf("cp%d", id+1)}
	dir := filepath.Join(w.dir, s.name)
	s.disk.path = filepath.Join(dir, "enc.yaml")
	return s, os.MkdirAll(dir, 0o700)
}

// loadedReads is what it has for a resource now; false: it does not run.
func (s *server) loadedReads(resource string) (rung, bool) {
	p := s.run.Load()
	if p == nil {
		return rung{}, false
	}
	text, hash, _, _ := p.has()
	if hash == "" {
		return plainRung, true
	}
	ret, err := s.w.driver.meaning(text, resource)
	return ret, err == nil
}

func (s *server) excuse() {
	s.excused.Store(true)
	s.lossy.Store(true)
}

// recover ends the excuse once it can read all there is.
func (s *server) recover() {
	if !s.excused.Load() {
		return
	}
	for _, resource := range s.w.resources {
		live, _, err := s.w.etcd.census(context.Background(), s.w.folder(resource))
		has, runs := s.loadedReads(resource)
		if err != nil || !runs || !has.covers(append(live, s.w.writers(resource)...)) {
			return
		}
	}
	// A cache that has failed is made again only after some seconds: a new process is ready at once.
	if p := s.run.Load(); p != nil && !p.ready {
		if err := s.restart(); err != nil {
			return
		}
	}
	s.excused.Store(false)
	s.w.trace("%s is no longer excused", s.name)
}

// writers are the keys that servers write a resource with now.
func (w *world) writers(resource string) []string {
	var keys []string
	for _, s := range w.servers {
		if has, runs := s.loadedReads(resource); runs {
			keys = append(keys, has.Writer)
		}
	}
	return keys
}

func isAway(err error) bool {
	return errors.Is(err, errDown) || errors.Is(err, context.Canceled) || strings.Contains(err.Error(), "context canceled") ||
		strings.Contains(err.Error(), "client connection is closing")
}
