// SPDX-License-Identifier: Apache-2.0

// Command encconf judges EncryptionConfigurations as the API server does: its decoding, its
// validation, its build.
//
// No key leaves it: errors are stripped of what stands behind `secret:`, and the decoded object shows
// lengths in place of secrets.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"strings"
	_ "unsafe" // for go:linkname

	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	utilruntime "k8s.io/apimachinery/pkg/util/runtime"
	"k8s.io/apimachinery/pkg/util/validation/field"
	"k8s.io/apiserver/pkg/apis/apiserver"
	apiserverv1 "k8s.io/apiserver/pkg/apis/apiserver/v1"
	"k8s.io/apiserver/pkg/apis/apiserver/validation"
	"k8s.io/apiserver/pkg/server/options/encryptionconfig"
	kmsutil "k8s.io/kms/pkg/util"

	"atrest/test/oracle/internal/lines"
)

type answer struct {
	ID     string          `json:"id"`
	OK     bool            `json:"ok"`
	Stage  string          `json:"stage,omitempty"`
	Error  string          `json:"error,omitempty"`
	Paths  []string        `json:"paths,omitempty"`
	Config json.RawMessage `json:"config,omitempty"`
}

func (a *answer) Fail(id, stage, reason string) {
	*a = answer{ID: id, Stage: stage, Error: reason}
}

// judge holds what is made once: the two decoders and the file that the real loader reads.
type judge struct {
	scheme          *runtime.Scheme
	strict, lenient runtime.Decoder
	path            string
}

func newJudge(folder string) *judge {
	scheme := runtime.NewScheme()
	utilruntime.Must(apiserver.AddToScheme(scheme))
	utilruntime.Must(apiserverv1.AddToScheme(scheme))
	return &judge{
		scheme: scheme,
		strict: serializer.NewCodecFactory(scheme, serializer.EnableStrict).UniversalDecoder(),
		// Servers up to 1.30 drop unknown and repeated fields silently.
		lenient: serializer.NewCodecFactory(scheme).UniversalDecoder(),
		path:    filepath.Join(folder, "enc.yaml"),
	}
}

func (j *judge) decode(request lines.Request) (*apiserver.EncryptionConfiguration, error) {
	decoder := j.strict
	if request.Lenient {
		decoder = j.lenient
	}
	object, kind, err := decoder.Decode(request.Data, nil, nil)
	if err != nil {
		return nil, err
	}
	config, ok := object.(*apiserver.EncryptionConfiguration)
	if !ok {
		return nil, fmt.Errorf("unexpected type %v", kind)
	}
	return config, nil
}

// Both signatures are upstream's; the results that are not looked at have types that only it knows.
//
//go:linkname buildTransformers k8s.io/apiserver/pkg/server/options/encryptionconfig.getTransformerOverridesAndKMSPluginProbes
func buildTransformers(ctx context.Context, config *apiserver.EncryptionConfiguration, id string) (
	transformers map[groupResource]any, probes []any, used *byte, err error)

type groupResource struct{ group, resource string }

// build does what comes behind validation. A KMS provider is built as identity: the real one dials its
// plugin; its own two ways to fail, the gate of v1 and the endpoint, are asked here.
func (j *judge) build(request lines.Request, config *apiserver.EncryptionConfiguration) error {
	if !usesKMS(config) && !request.Lenient {
		return j.load(request)
	}
	config = config.DeepCopy()
	for i := range config.Resources {
		for k := range config.Resources[i].Providers {
			provider := &config.Resources[i].Providers[k]
			if provider.KMS == nil {
				continue
			}
			if provider.KMS.APIVersion == "v1" && !request.KMSv1 {
				return fmt.Errorf("KMSv1 is off")
			}
			if _, err := kmsutil.ParseEndpoint(provider.KMS.Endpoint); err != nil {
				return err
			}
			*provider = apiserver.ProviderConfiguration{Identity: &apiserver.IdentityConfiguration{}}
		}
	}
	_, _, _, err := buildTransformers(context.Background(), config, "")
	return err
}

// load is the API server's own way, from a file.
func (j *judge) load(request lines.Request) error {
	if err := os.WriteFile(j.path, request.Data, 0o600); err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	_, err := encryptionconfig.LoadEncryptionConfig(ctx, j.path, request.Reload, "")
	return err
}

func usesKMS(config *apiserver.EncryptionConfiguration) bool {
	for _, entry := range config.Resources {
		for _, provider := range entry.Providers {
			if provider.KMS != nil {
				return true
			}
		}
	}
	return false
}

func pathsOf(errs field.ErrorList) []string {
	paths := make([]string, 0, len(errs))
	for _, err := range errs {
		paths = append(paths, err.Field+"|"+string(err.Type))
	}
	return paths
}

func (j *judge) check(request lines.Request) (a answer) {
	a.ID = request.ID
	hide := newHider(request.Data)
	if len(request.Data) == 0 {
		a.Fail(request.ID, "empty", "the file is empty")
		return a
	}
	config, err := j.decode(request)
	if err != nil {
		a.Fail(request.ID, "decode", hide.clean(err.Error()))
		return a
	}
	a.Config = j.show(config)
	if errs := validation.ValidateEncryptionConfiguration(config, request.Reload); len(errs) > 0 {
		a.Stage, a.Error, a.Paths = "validate", hide.clean(errs.ToAggregate().Error()), pathsOf(errs)
		return a
	}
	if err := j.build(request, config); err != nil {
		a.Stage, a.Error = "build", hide.clean(strings.ReplaceAll(err.Error(), j.path, "FILE"))
		return a
	}
	a.OK = true
	return a
}

// show gives the decoded object in its outer form, with lengths in place of secrets.
func (j *judge) show(config *apiserver.EncryptionConfiguration) json.RawMessage {
	outer := &apiserverv1.EncryptionConfiguration{}
	// The conversion shares its memory with what it converts, and that is still to be validated.
	utilruntime.Must(j.scheme.Convert(config.DeepCopy(), outer, nil))
	for i := range outer.Resources {
		for k := range outer.Resources[i].Providers {
			hideProvider(&outer.Resources[i].Providers[k])
		}
	}
	text, err := json.Marshal(outer)
	utilruntime.Must(err)
	return text
}

func hideProvider(provider *apiserverv1.ProviderConfiguration) {
	if provider.AESCBC != nil {
		hideKeys(provider.AESCBC.Keys)
	}
	if provider.AESGCM != nil {
		hideKeys(provider.AESGCM.Keys)
	}
	if provider.Secretbox != nil {
		hideKeys(provider.Secretbox.Keys)
	}
}

func hideKeys(keys []apiserverv1.Key) {
	for i := range keys {
		keys[i].Secret = fmt.Sprintf("%d characters", len(keys[i].Secret))
	}
}

func main() {
	folder, err := os.MkdirTemp("", "encconf-")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(folder)
	if err := lines.Serve[answer](os.Stdin, os.Stdout, newJudge(folder).check); err != nil {
		log.Print(err)
	}
}
