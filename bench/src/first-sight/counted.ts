/**
 * Calls one subject: `counted.ts KEY-FILE NAME CALLS`. Without a name, prints those of all
 * subjects. The key is the same in all processes, since making one takes any number of steps.
 */

import { readFileSync } from 'node:fs'
import { argv } from 'node:process'
import { keyOf, mintMany } from '../tokens.ts'
import { firstSight } from './subjects.ts'

const [, , keyFile = '', name = '', calls = '0'] = argv
const key = keyOf('RS256', readFileSync(keyFile, 'utf8'))
const subjects = await firstSight(key, mintMany(key, 20))
if (name === '') console.log(JSON.stringify(subjects.map((each) => each.name)))
const subject = subjects.find((each) => each.name === name)
for (let done = 0; done < Number(calls); done += 20) await subject?.batch(20)
