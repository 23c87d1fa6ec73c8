// Built-in tables are compiled unchecked, so that an API does not load the checks. They pass them.

import { defineProvider } from '@jobpass/core'
import { expect, test } from 'vitest'
import type { Preset } from './presets.ts'
import { presets } from './presets.ts'

test.each(presets)('the table of $provider.title passes the checks on tables of users', ({ provider }: Preset) => {
  expect(() => defineProvider(provider.table as never)).not.toThrow()
})
