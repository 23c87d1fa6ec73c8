/**
 * The JSON Schemas of what commands print with `--json`, by the name of the command; and that of
 * the cases that `jobpass test` reads.
 */

import type { JsonSchema } from '@jobpass/policy'
import { casesSchema } from './cases.ts'
import { diffSchema } from './diff.ts'
import { devTokenSchema } from './dev-token.ts'
import { doctorSchema } from './doctor.ts'
import { explainSchema } from './explain.ts'
import { importSchema } from './import.ts'
import { keysSchema } from './keys.ts'
import { lintSchema } from './lint.ts'
import { serveSchema } from './serve.ts'
import { testSchema } from './test.ts'
import { tokenSchema } from './token.ts'
import { verifySchema } from './verify.ts'
import { whoamiSchema } from './whoami.ts'

/** The schemas. */
export const schemas: Readonly<Record<string, JsonSchema>> = {
  cases: casesSchema,
  explain: explainSchema,
  verify: verifySchema,
  lint: lintSchema,
  test: testSchema,
  diff: diffSchema,
  import: importSchema,
  'dev-token': devTokenSchema,
  doctor: doctorSchema,
  keys: keysSchema,
  serve: serveSchema,
  token: tokenSchema,
  whoami: whoamiSchema,
}
