// The kubernetes plugin of Pulumi, served from its package: its own command embeds two files that its module's zip has under
// other names, and so does not compile. They are read from beside the binary.
package main

import (
	"log"
	"os"
	"path/filepath"

	"github.com/pulumi/pulumi-kubernetes/provider/v4/pkg/provider"
	"github.com/pulumi/pulumi-kubernetes/provider/v4/pkg/version"
)

func main() {
	provider.Serve("kubernetes", version.Version, beside("schema.json"), beside("terraform-mapping.json"))
}

func beside(name string) []byte {
	binary, err := os.Executable()
	if err != nil {
		log.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(filepath.Dir(binary), name))
	if err != nil {
		log.Fatal(err)
	}
	return text
}
