/** Forms of 64 KiB, the maximum of an endpoint, with the expected refusals. */

import { jwtType, tokenExchange } from './service.ts'

export const size = 65_536
const fill = (part: string): string => part.repeat(Math.floor(size / part.length))
const asked = `grant_type=${tokenExchange}&subject_token_type=${jwtType}&subject_token=a.b.c`
const padded = (name: string, part: string): string =>
  `${asked}&${name}=${part.repeat(Math.floor((size - asked.length - name.length - 2) / part.length))}`

export const tooMany = 'The form has more than 32 parameters.'
const malformed = 'token_malformed'

/** 64 KiB of each kind of content. */
export const forms: readonly [string, string, string][] = [
  ['one audience, again and again', fill('audience=a&'), tooMany],
  ['different audiences', Array.from({ length: 4_500 }, (_, index) => `audience=${index}`).join('&'), tooMany],
  ['resources', fill('resource=a&'), tooMany],
  ['names that mean nothing', Array.from({ length: 8_000 }, (_, index) => `a${index}=`).join('&'), tooMany],
  ['separators', fill('&'), tooMany],
  ['parameters without a value', fill('a=&'), tooMany],
  ['one long name', fill('a'), 'grant_type is missing.'],
  ['equals signs', fill('='), 'grant_type is missing.'],
  ['percent escapes', fill('%61'), 'grant_type is missing.'],
  ['broken percent escapes', fill('%'), 'grant_type is missing.'],
  ['plus signs', fill('+'), 'grant_type is missing.'],
  ['what is no ASCII', 'ü'.repeat(size / 2), 'grant_type is missing.'],
  ['scopes', padded('scope', 'a+'), 'scope is a list of names with one space between them.'],
  ['spaces for scopes', padded('scope', '+'), 'scope is a list of names with one space between them.'],
  ['one long scope', padded('scope', 'a'), 'scope is a list of names with one space between them.'],
  ['a long audience', padded('audience', 'a'), malformed],
  ['a long token', `${asked}${'c'.repeat(size - asked.length)}`, malformed],
  ['a token of dots', `${asked}${'.'.repeat(size - asked.length)}`, malformed],
  ['a token of escapes', `${asked}${'%2E'.repeat(Math.floor((size - asked.length) / 3))}`, malformed],
]
