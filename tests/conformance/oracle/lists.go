package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	serializerjson "k8s.io/apimachinery/pkg/runtime/serializer/json"
	"k8s.io/apimachinery/pkg/runtime/serializer/protobuf"
	"k8s.io/client-go/kubernetes/scheme"
)

// lists are the bodies with which an API server answers a list of a kind.
type lists struct {
	APIVersion string `json:"apiVersion"`
	Kind       string `json:"kind"`
	JSON       []byte `json:"json"`
	Protobuf   []byte `json:"protobuf"`
}

// writeLists reads cases and writes, a line a case, the list of each kind in both formats, as an API server encodes it.
func writeLists(in io.Reader, out io.Writer) error {
	cases := json.NewDecoder(in)
	lines := json.NewEncoder(out)
	decoder := newDecoder(true)
	for {
		var c testCase
		if err := cases.Decode(&c); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return fmt.Errorf("no case: %w", err)
		}
		all, err := encodeLists(decoder, c.Objects)
		if err != nil {
			return err
		}
		if err := lines.Encode(all); err != nil {
			return err
		}
	}
}

func encodeLists(decoder runtime.Decoder, raw []json.RawMessage) ([]lists, error) {
	var kinds []schema.GroupVersionKind
	objects := map[schema.GroupVersionKind][]runtime.Object{}
	for index, text := range raw {
		object, kind, err := decoder.Decode(text, nil, nil)
		if err != nil {
			return nil, fmt.Errorf("object %d: %w", index, err)
		}
		if objects[*kind] == nil {
			kinds = append(kinds, *kind)
		}
		objects[*kind] = append(objects[*kind], object)
	}
	var all []lists
	for _, kind := range kinds {
		body, err := encodeList(kind, objects[kind])
		if err != nil {
			return nil, fmt.Errorf("%s: %w", kind.Kind, err)
		}
		all = append(all, *body)
	}
	return all, nil
}

func encodeList(kind schema.GroupVersionKind, items []runtime.Object) (*lists, error) {
	list, err := scheme.Scheme.New(kind.GroupVersion().WithKind(kind.Kind + "List"))
	if err != nil {
		return nil, err
	}
	if err := meta.SetList(list, items); err != nil {
		return nil, err
	}
	factory := serializer.NewCodecFactory(scheme.Scheme)
	encode := func(format runtime.Serializer) ([]byte, error) {
		var body bytes.Buffer
		err := factory.EncoderForVersion(format, kind.GroupVersion()).Encode(list, &body)
		return body.Bytes(), err
	}
	asJSON := serializerjson.NewSerializerWithOptions(serializerjson.DefaultMetaFactory, scheme.Scheme, scheme.Scheme, serializerjson.SerializerOptions{})
	body := lists{APIVersion: kind.GroupVersion().String(), Kind: kind.Kind}
	if body.JSON, err = encode(asJSON); err != nil {
		return nil, err
	}
	body.Protobuf, err = encode(protobuf.NewSerializer(scheme.Scheme, scheme.Scheme))
	return &body, err
}
