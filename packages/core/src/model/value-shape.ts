/**
 * The form of a field's values, where a table knows it: a mistake is then reported when a rule is
 * made, and no value can change the meaning of a URL.
 */

/** The name of a shape. */
export type ValueShape = 'uuid' | 'braced-uuid' | 'dns-label' | 'slug' | 'url-safe'

/** Each shape: the pattern of the whole value, and its name in messages. */
export const valueShapes: Readonly<Record<ValueShape, { readonly pattern: RegExp; readonly called: string }>> = {
  uuid: {
    pattern: /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/,
    called: 'lower-case uuid',
  },
  'braced-uuid': {
    pattern: /^\{[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\}$/,
    called: 'lower-case uuid in its braces, {…}',
  },
  'dns-label': { pattern: /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/, called: 'lower-case dns-label' },
  slug: { pattern: /^[a-z0-9_](?:[a-z0-9_-]{0,98}[a-z0-9_])?$/, called: 'lower-case slug' },
  'url-safe': { pattern: /^[A-Za-z0-9_-]{1,128}$/, called: 'letters, digits, - and _' },
}

/** Whether a value is text of that shape. */
export function hasShape(value: unknown, shape: ValueShape): boolean {
  return typeof value === 'string' && valueShapes[shape].pattern.test(value)
}
