// SPDX-License-Identifier: Apache-2.0

// Command stored encrypts and decrypts values as the API server does that has a given
// EncryptionConfiguration: its own loader, its own transformers. A KMS v2 plugin is played by a
// service in the process.
package main

import (
	"bytes"
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"time"

	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apiserver/pkg/server/options/encryptionconfig"
	"k8s.io/apiserver/pkg/storage/value"
	"k8s.io/klog/v2"
	"k8s.io/kms/pkg/service"

	"atrest/test/oracle/internal/lines"
)

type answer struct {
	ID    string   `json:"id"`
	OK    bool     `json:"ok"`
	Stage string   `json:"stage,omitempty"`
	Error string   `json:"error,omitempty"`
	Value []byte   `json:"value,omitempty"` // encrypted, or decrypted
	Stale bool     `json:"stale,omitempty"`
	Reads [][]byte `json:"reads,omitempty"` // what came of each of the values; null: it cannot be read
}

func (a *answer) Fail(id, stage, reason string) { *a = answer{ID: id, Stage: stage, Error: reason} }

// plugin is a KMS v2 service that hides nothing: only the form of what comes of it is of interest.
type plugin struct{ keyID string }

func (p plugin) Encrypt(_ context.Context, _ string, data []byte) (*service.EncryptResponse, error) {
	return &service.EncryptResponse{Ciphertext: turned(data), KeyID: p.keyID,
		Annotations: map[string][]byte{"local.example.com": []byte("1")}}, nil
}

func (p plugin) Decrypt(_ context.Context, _ string, request *service.DecryptRequest) ([]byte, error) {
	return turned(request.Ciphertext), nil
}

func (p plugin) Status(context.Context) (*service.StatusResponse, error) {
	return &service.StatusResponse{Version: "v2", Healthz: "ok", KeyID: p.keyID}, nil
}

func turned(data []byte) []byte {
	out := bytes.Clone(data)
	for i := range out {
		out[i] ^= 0xff
	}
	return out
}

type server struct{ path string }

// transformer is the one that the server uses for a resource.
func (s *server) transformer(ctx context.Context, request lines.Request) (value.Transformer, error) {
	if err := os.WriteFile(s.path, request.Data, 0o600); err != nil {
		return nil, err
	}
	config, err := encryptionconfig.LoadEncryptionConfig(ctx, s.path, false, "")
	if err != nil {
		return nil, err
	}
	resource := schema.ParseGroupResource(request.Resource)
	return encryptionconfig.StaticTransformers(config.Transformers).TransformerForResource(resource), nil
}

func (s *server) answer(request lines.Request) (a answer) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	transformer, err := s.transformer(ctx, request)
	if err != nil {
		a.Fail(request.ID, "config", err.Error())
		return a
	}
	a.ID = request.ID
	bound := value.DefaultContext(request.Key)
	if request.Write {
		a.Value, err = transformer.TransformToStorage(ctx, request.Value, bound)
	} else {
		a.Value, a.Stale, err = transformer.TransformFromStorage(ctx, request.Value, bound)
	}
	if err != nil {
		a.Fail(request.ID, "transform", err.Error())
		return a
	}
	for _, stored := range request.Values {
		plain, _, err := transformer.TransformFromStorage(ctx, stored, bound)
		if err != nil {
			plain = nil
		}
		a.Reads = append(a.Reads, plain)
	}
	a.OK = true
	return a
}

func main() {
	folder, err := os.MkdirTemp("", "stored-")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(folder)
	klog.SetLogger(klog.Logger{}) // each value that cannot be decrypted would be a line
	encryptionconfig.EnvelopeKMSv2ServiceFactory = func(_ context.Context, _, name string, _ time.Duration) (service.Service, error) {
		return plugin{fmt.Sprintf("id-of-%s", name)}, nil
	}
	s := &server{filepath.Join(folder, "enc.yaml")}
	if err := lines.Serve[answer](os.Stdin, os.Stdout, s.answer); err != nil {
		log.Print(err)
	}
}
