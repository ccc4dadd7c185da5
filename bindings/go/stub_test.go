// SPDX-License-Identifier: Apache-2.0

package mmio_test

import (
	"go/ast"
	"go/build"
	"go/parser"
	"go/token"
	"go/types"
	"slices"
	"testing"
)

func TestBuildsWithAndWithoutCgoHaveTheSameFunctions(t *testing.T) {
	with, without := exportedFunctions(t, true), exportedFunctions(t, false)
	if len(with) == 0 || !slices.Equal(with, without) {
		t.Errorf("with cgo:\n%q\nwithout:\n%q", with, without)
	}
}

func exportedFunctions(t *testing.T, withCgo bool) (names []string) {
	t.Helper()
	context := build.Default
	context.CgoEnabled = withCgo
	pkg, err := context.ImportDir(".", 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range slices.Concat(pkg.GoFiles, pkg.CgoFiles) {
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, declaration := range file.Decls {
			f, ok := declaration.(*ast.FuncDecl)
			if !ok || !f.Name.IsExported() {
				continue
			}
			name := f.Name.Name
			if f.Recv != nil {
				name = types.ExprString(f.Recv.List[0].Type) + "." + name
			}
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}
