package spec

import "github.com/opencontainers/runtime-spec/specs-go"

func checkHooks(c *checker) {
	h := c.spec.Hooks
	if h == nil {
		return
	}
	c.checkStage("hooks.prestart", h.Prestart)
	c.checkStage("hooks.createRuntime", h.CreateRuntime)
	c.checkStage("hooks.createContainer", h.CreateContainer)
	c.checkStage("hooks.startContainer", h.StartContainer)
	c.checkStage("hooks.poststart", h.Poststart)
	c.checkStage("hooks.poststop", h.Poststop)
}

func (c *checker) checkStage(stage string, hooks []specs.Hook) {
	for i := range hooks {
		c.checkHook(indexPath(stage, i), &hooks[i])
	}
}

func (c *checker) checkHook(at string, h *specs.Hook) {
	c.checkAbsolute(at+".path", h.Path)
	for i, arg := range h.Args {
		if hasNUL(arg) {
			c.addf(indexPath(at+".args", i), "contains a null byte")
		}
	}
	for i, e := range h.Env {
		if problem := envProblem(e); problem != "" {
			c.addf(indexPath(at+".env", i), "invalid environment variable: %s", problem)
		}
	}
	if h.Timeout != nil && *h.Timeout <= 0 {
		c.addf(at+".timeout", "must be greater than zero, not %d", *h.Timeout)
	}
}
