// Package parent tells a plugin when its engine is gone. The engine stops its plugins when it ends in
// order, but after a SIGKILL nobody does, and they would stay for ever.
package parent

import (
	"context"
	"os"
	"time"
)

const interval = time.Second

// Watch returns a context that ends within about a second of the death of this process's parent.
func Watch(ctx context.Context) context.Context {
	ctx, cancel := context.WithCancel(ctx)
	engine := os.Getppid()
	go func() {
		defer cancel()
		// An orphan is handed to another process, so its parent's id changes.
		for os.Getppid() == engine {
			time.Sleep(interval)
		}
	}()
	return ctx
}
