package specjson_test

import (
	"encoding/json"
	"reflect"
	"testing"

	"github.com/bulkhead-oci/bulkhead/spec/internal/specjson"
)

// agree decodes a document both ways and reports whether specjson did.
func agree[T any](t *testing.T, data []byte, direct func([]byte) *T) (taken bool) {
	t.Helper()
	got := direct(data)
	if got == nil {
		return false
	}
	var want *T
	if err := json.Unmarshal(data, &want); err != nil {
		t.Errorf("accepted, encoding/json: %v\n%s", err, data)
	} else if !reflect.DeepEqual(got, want) {
		t.Errorf("decoded to %+v\nencoding/json: %+v\n%s", got, want, data)
	}
	return true
}

// agreeAll decodes a document as each of the three kinds.
func agreeAll(t *testing.T, data []byte) {
	t.Helper()
	agree(t, data, specjson.Spec)
	agree(t, data, specjson.Process)
	agree(t, data, specjson.Resources)
}

// seeds are documents with something of everything in them.
var seeds = []string{
	`{}`, ` { } `, `null`, `[]`, `""`, `{`, `{}x`, `{}{}`, "\ufeff{}", "{}\x00", ``, ` `,
	`{"ociVersion":"1.0.2","hostname":"a\u0062\n\/\\\"","domainname":"\u2028é€😀"}`,
	`{"hostname":"\ud83d\ude00","domainname":"\ud83d"}`,
	"{\"hostname\":\"\xff\"}", "{\"hostname\":\"a\nb\"}", `{"hostname":"\x"}`, `{"hostname":"\u00g0"}`,
	`{"HOSTNAME":"x"}`, `{"ho\u0073tname":"x"}`, `{"ho\u017ftname":"x"}`, `{"hoſtname":"x"}`,
	`{"hostname":"a","hostname":"b"}`, `{"mounts":[{}],"mounts":[null]}`, `{"x":1,"x":2}`,
	`{"annotations":{"a":"b","a":"c"}}`, `{"annotations":{"a":null,"":"\u0000"}}`, `{"annotations":{}}`,
	`{"windows":null,"vm":{},"zos":{"namespaces":[]}}`, `{"solaris":{"milestone":"x"}}`,
	`{"process":{"args":[],"env":null,"user":null,"oomScoreAdj":-0,"terminal":false}}`,
	`{"process":{"args":["a",null],"user":{"uid":4294967296}}}`, `{"process":{"oomScoreAdj":1.0}}`,
	`{"linux":{"resources":{"memory":{"limit":-9223372036854775808},"cpu":{"shares":18446744073709551615},
		"blockIO":{"weight":65536,"weightDevice":[{"major":1,"LinuxBlockIODevice":{"major":2}}]}}}}`,
	`{"linux":{"rdma":{"a":{"hcaHandles":1},"b":null}}}`, `{"linux":{"resources":{"unified":{"a":"b"}}}}`,
	`{"args":["x"],"cwd":"/","unknown":{"a":[1,true,false,null,"\u0041",{"b":[]}]}}`,
	`{"memory":{"limit":1},"devices":[{"allow":true,"major":null},null]}`,
	`{"unknown":[1.5e3,01,-]}`, `{"unknown":[[[[[]]]]]}`, `{"a":nulL}`, `{"a":1,}`, `{,"a":1}`, `{"a" 1}`,
}

func FuzzAgree(f *testing.F) {
	for _, name := range ordinaryFiles {
		f.Add(readFile(f, name))
	}
	for _, s := range seeds {
		f.Add([]byte(s))
	}
	f.Add(marshal(f, everyField[spec]()))
	f.Add(marshal(f, everyField[process]()))
	f.Add(marshal(f, everyField[resources]()))
	f.Fuzz(agreeAll)
}
