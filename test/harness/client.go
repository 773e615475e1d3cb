// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/apiserver/pkg/storage"
)

// ledger is what was acknowledged: for each object the values that it may have; "" is: not there.
type ledger struct {
	mu   sync.Mutex
	vals map[string]map[string][]string // by resource and name
}

func (l *ledger) set(resource, name string, values ...string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.vals[resource] == nil {
		l.vals[resource] = map[string][]string{}
	}
	l.vals[resource][name] = values
}

// also is for a write whose answer was lost.
func (l *ledger) also(resource, name, value string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	old := l.vals[resource][name]
	if old == nil {
		old = []string{""}
	}
	l.vals[resource][name] = append(slices.Clone(old), value)
}

// wrong compares a whole list with it.
func (l *ledger) wrong(resource string, there map[string]string) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	for name, values := range l.vals[resource] {
		if !slices.Contains(values, there[name]) {
			return fmt.Sprintf("%s %s is %q, expected one of %q", resource, name, there[name], values)
		}
	}
	for name := range there {
		if l.vals[resource][name] == nil {
			return fmt.Sprintf("%s %s was never written", resource, name)
		}
	}
	return ""
}

func makeObject(resource, name, value string) runtime.Object {
	about := metav1.ObjectMeta{Name: name, Namespace: "default"}
	if resource == "secrets" {
		return &corev1.Secret{ObjectMeta: about, Data: map[string][]byte{"v": []byte(value)}}
	}
	return &corev1.ConfigMap{ObjectMeta: about, Data: map[string]string{"v": value}}
}

func valueOf(object runtime.Object) (name, value string) {
	if shared, ok := object.(runtime.CacheableObject); ok {
		object = shared.GetObject()
	}
	switch object := object.(type) {
	case *corev1.Secret:
		return object.Name, string(object.Data["v"])
	case *corev1.ConfigMap:
		return object.Name, object.Data["v"]
	}
	return "", ""
}

// A value bears its object's name.
func isValid(object runtime.Object) bool {
	name, value := valueOf(object)
	return strings.HasPrefix(value, name+"#")
}

// --- requests to one server -------------------------------------------------------------------

func (s *server) with(resource string, do func(ctx context.Context, store *store) error) error {
	s.mu.RLock()
	defer s.mu.RUnlock()
	p := s.run.Load()
	if p == nil {
		return errDown
	}
	patience := 10 * time.Second
	if s.excused.Load() {
		patience = 50 * time.Millisecond
	}
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	return do(ctx, p.stores[resource])
}

func revisionOf(object runtime.Object) string {
	about, err := meta.Accessor(object)
	if err != nil {
		return ""
	}
	return about.GetResourceVersion()
}

func (s *server) create(resource, name, value string) (string, error) {
	out := newObject(resource)
	err := s.with(resource, func(ctx context.Context, store *store) error {
		return store.cached.Create(ctx, keyFor(resource, name), makeObject(resource, name, value), out, 0)
	})
	return revisionOf(out), err
}

func (s *server) get(resource, name string) (string, error) {
	out := newObject(resource)
	err := s.with(resource, func(ctx context.Context, store *store) error {
		return store.cached.Get(ctx, keyFor(resource, name), storage.GetOptions{}, out)
	})
	_, value := valueOf(out)
	return value, err
}

// list reads etcd where no revision is given, else the cache once it is that new.
func (s *server) list(resource, revision string) (map[string]string, error) {
	out := newList(resource)
	options := storage.ListOptions{Predicate: storage.Everything, Recursive: true}
	err := s.with(resource, func(ctx context.Context, store *store) error {
		if revision == "" {
			return store.raw.GetList(ctx, "/"+resource+"/", options, out)
		}
		options.ResourceVersion = revision
		options.ResourceVersionMatch = metav1.ResourceVersionMatchNotOlderThan
		return store.cached.GetList(ctx, "/"+resource+"/", options, out)
	})
	if err != nil {
		return nil, err
	}
	there := map[string]string{}
	err = meta.EachListItem(out, func(object runtime.Object) error {
		name, value := valueOf(object)
		there[name] = value
		if !isValid(object) {
			return fmt.Errorf("wrong value %q of %s", value, name)
		}
		return nil
	})
	return there, err
}

// update gives an object another value; "" leaves it, as what re-encrypts does.
func (s *server) update(resource, name, value string) (string, error) {
	out := newObject(resource)
	err := s.with(resource, func(ctx context.Context, store *store) error {
		return store.cached.GuaranteedUpdate(ctx, keyFor(resource, name), out, false, nil,
			storage.SimpleUpdate(func(old runtime.Object) (runtime.Object, error) {
				if value == "" {
					return old, nil
				}
				fresh := makeObject(resource, name, value)
				about, err := meta.Accessor(fresh)
				about.SetResourceVersion(revisionOf(old))
				return fresh, err
			}), nil)
	})
	return revisionOf(out), err
}

func (s *server) remove(resource, name string) error {
	return s.with(resource, func(ctx context.Context, store *store) error {
		return store.cached.Delete(ctx, keyFor(resource, name), newObject(resource), nil, storage.ValidateAllObjectFunc, nil, storage.DeleteOptions{})
	})
}

// --- the client -------------------------------------------------------------------------------

type owned struct{ resource, name string }

// client hammers one server, and reads through the others what it wrote.
type client struct {
	w            *world
	s            *server
	own          []owned
	count        int
	old          string // a revision of some time ago, as in the token of a list in pages
	wake         chan struct{}
	began, ended atomic.Int64
	last         sync.Map // resource: the revision of its last write
	watched      sync.Map // resource: the last revision that the watch has brought
	watchers     sync.WaitGroup
}

func (c *client) run(ctx context.Context) {
	for _, resource := range c.w.resources {
		c.watchers.Add(1)
		go func() {
			defer c.watchers.Done()
			c.watch(ctx, resource)
		}()
	}
	pause := time.NewTimer(0)
	for ctx.Err() == nil {
		select {
		case <-ctx.Done():
		case <-c.wake:
		case <-pause.C:
		}
		c.began.Add(1)
		c.iteration()
		c.ended.Add(1)
		pause.Reset(50 * time.Millisecond)
	}
	c.watchers.Wait()
}

// judge: is it nothing that speaks against the ladder? true: no error at all.
func (c *client) judge(s *server, err error, what string, words ...any) bool {
	switch {
	case err == nil:
		return true
	case isAway(err):
	case c.w.outage():
	case apierrors.IsTooManyRequests(err) && !c.w.failed():
		c.w.busy.Add(1) // its cache is being made again, as after a compaction; no value is at fault
	default:
		c.w.problem(s, "%s: %v", fmt.Sprintf(what, words...), err)
	}
	return false
}

func (c *client) iteration() {
	c.count++
	resource := c.w.resources[c.count%len(c.w.resources)]
	name := fmt.Sprintf("%s-%d", c.s.name, c.count)
	value := fmt.Sprintf("%s#%d", name, c.count)
	revision, err := c.s.create(resource, name, value)
	if c.judge(c.s, err, "create %s", name) {
		c.w.ledger.set(resource, name, value)
		c.last.Store(resource, revision)
		c.own = append(c.own, owned{resource, name})
		c.readElsewhere(resource, name, value, revision)
		if resource == c.w.resources[0] {
			c.readOld(resource, revision)
		}
	} else if !errors.Is(err, errDown) {
		c.w.ledger.also(resource, name, value)
	}
	if len(c.own) > 0 && c.count%2 == 0 {
		c.change(c.own[0])
	}
	if len(c.own) > 4 {
		c.forget(c.own[0])
		c.own = c.own[1:]
	}
}

// readElsewhere reads through every server what this one was told to write.
func (c *client) readElsewhere(resource, name, value, revision string) {
	for i, s := range c.w.servers {
		if s.excused.Load() && c.count%5 != 0 {
			continue
		}
		there, err := s.get(resource, name)
		if storage.IsNotFound(err) {
			c.w.problem(nil, "%s %s was written through %s and is lost for %s", resource, name, c.s.name, s.name)
		} else if c.judge(s, err, "get %s", name) && there != value {
			c.w.problem(nil, "%s: %q came through %s instead of %q", name, there, s.name, value)
		}
		if (c.count+i)%3 != 0 {
			continue
		}
		all, err := s.list(resource, revision)
		if c.judge(s, err, "list at %s", revision) && all[name] != value {
			c.w.problem(s, "%s is %q in a list at %s", name, all[name], revision)
		}
	}
}

// readOld lists at a revision of before, until etcd has compacted it.
func (c *client) readOld(resource, revision string) {
	if c.old == "" {
		c.old = revision
	}
	s := c.w.servers[c.count%len(c.w.servers)]
	if s.lossy.Load() {
		return
	}
	out := newList(resource)
	err := s.with(resource, func(ctx context.Context, store *store) error {
		return store.raw.GetList(ctx, "/"+resource+"/", storage.ListOptions{Predicate: storage.Everything, Recursive: true,
			ResourceVersion: c.old, ResourceVersionMatch: metav1.ResourceVersionMatchExact}, out)
	})
	if err != nil && (apierrors.IsResourceExpired(err) || strings.Contains(err.Error(), "compacted")) {
		c.old = revision
		return
	}
	c.judge(s, err, "list at the old revision %s", c.old)
}

func (c *client) change(object owned) {
	value := fmt.Sprintf("%s#%d", object.name, c.count)
	revision, err := c.s.update(object.resource, object.name, value)
	switch {
	case c.judge(c.s, err, "update %s", object.name):
		c.w.ledger.set(object.resource, object.name, value)
		c.last.Store(object.resource, revision)
		c.readElsewhere(object.resource, object.name, value, revision)
	case !errors.Is(err, errDown):
		c.w.ledger.also(object.resource, object.name, value)
	}
}

func (c *client) forget(object owned) {
	err := c.s.remove(object.resource, object.name)
	switch {
	case c.judge(c.s, err, "delete %s", object.name):
		c.w.ledger.set(object.resource, object.name, "")
	case !errors.Is(err, errDown):
		c.w.ledger.also(object.resource, object.name, "")
	}
}

// --- its watch --------------------------------------------------------------------------------

func (c *client) watch(ctx context.Context, resource string) {
	for ctx.Err() == nil {
		p := c.s.run.Load()
		if p == nil || c.s.excused.Load() {
			time.Sleep(2 * time.Millisecond)
			continue
		}
		c.watchOnce(ctx, p, resource)
	}
}

func (c *client) watchOnce(ctx context.Context, p *process, resource string) {
	both, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(p.ctx, cancel)()
	watcher, err := p.stores[resource].cached.Watch(both, "/"+resource+"/", storage.ListOptions{
		ResourceVersion: "0", Predicate: storage.Everything, Recursive: true})
	if err != nil {
		if both.Err() == nil {
			c.judge(c.s, err, "watch %s", resource)
		}
		time.Sleep(2 * time.Millisecond)
		return
	}
	defer watcher.Stop()
	for event := range watcher.ResultChan() {
		if event.Type == watch.Error {
			err := apierrors.FromObject(event.Object)
			if both.Err() == nil && !apierrors.IsResourceExpired(err) && !apierrors.IsGone(err) {
				c.judge(c.s, err, "watch of %s ends", resource)
			}
			return
		}
		if event.Type == watch.Bookmark {
			continue
		}
		if event.Type != watch.Deleted && !isValid(event.Object) {
			c.w.problem(nil, "a wrong value came by the watch of %s", c.s.name)
		}
		c.watched.Store(resource, revisionOf(event.Object))
	}
}

// --- the end ----------------------------------------------------------------------------------

// checkAll compares what each server says of everything with what was acknowledged.
func (w *world) checkAll(what string) {
	for _, s := range w.servers {
		for _, resource := range w.resources {
			direct, err := s.list(resource, "")
			if err != nil {
				w.problem(s, "%s: list of %s: %v", what, resource, err)
				continue
			}
			if wrong := w.ledger.wrong(resource, direct); wrong != "" {
				w.problem(nil, "%s: %s, by %s", what, wrong, s.name)
			}
			cached, err := s.list(resource, "0")
			if err != nil || !maps.Equal(direct, cached) {
				// The cache comes later than etcd does.
				time.Sleep(300 * time.Millisecond)
				if cached, err = s.list(resource, "0"); err != nil || !maps.Equal(direct, cached) {
					w.problem(s, "%s: its cache has %d %s, etcd %d: %v", what, len(cached), resource, len(direct), err)
				}
			}
		}
	}
}
