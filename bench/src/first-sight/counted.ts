/**
 * Calls one subject: `counted.ts FILE NAME CALLS`. Without a name, prints those of all subjects.
 * The key and the tokens are the same in all processes: making them takes any number of steps.
 */

import { readFileSync } from 'node:fs'
import { argv } from 'node:process'
import type { BenchKey } from '../tokens.ts'
import { keyOf } from '../tokens.ts'
import { firstSight } from './subjects.ts'

/** What the file holds. */
export interface Prepared {
  /** The private key, as PEM. */
  readonly pem: string
  readonly jwk: BenchKey['jwk']
  readonly tokens: readonly string[]
}

const [, , file = '', name = '', calls = '0'] = argv
const { pem, jwk, tokens } = JSON.parse(readFileSync(file, 'utf8')) as Prepared
const subjects = await firstSight({ ...keyOf('RS256', pem), jwk }, tokens)
if (name === '') console.log(JSON.stringify(subjects.map((each) => each.name)))
const subject = subjects.find((each) => each.name === name)
for (let done = 0; done < Number(calls); done += 20) await subject?.batch(20)
