#!/usr/bin/env node
// The name without a scope, for `npx jobpass`.
import '@jobpass/cli/bin'
