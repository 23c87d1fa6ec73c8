/** Checks what commands print with `--json` against the schema that `jobpass schema` prints. */

import { Ajv2020 } from 'ajv/dist/2020.js'
import { expect } from 'vitest'
import type { Program } from './program.ts'

/** Fails unless a value follows the schema of a command. */
export async function matchesSchema(program: Program, command: string, value: unknown): Promise<void> {
  const { out, code } = await program.run(['schema', command])
  expect(code).toBe(0)
  const ajv = new Ajv2020({ allErrors: true, strict: false })
  const valid = ajv.validate(JSON.parse(out) as object, value)
  expect(valid ? [] : ajv.errors).toEqual([])
}
