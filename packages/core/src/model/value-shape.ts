/**
 * The form of a field's values, where it is known: a rule on a value of another form would never
 * match, which is reported when the rule is made, and no value can change the meaning of a URL.
 */

/** The name of a shape. */
export type ValueShape =
  | 'uuid'
  | 'braced-uuid'
  | 'dns-label'
  | 'slug'
  | 'url-safe'
  | 'digits'
  | 'commit'
  | 'name'
  | 'group'
  | 'owner/name'
  | 'group/name'
  | 'host/owner/name'
  | 'ref'
  | 'ref-name'
  | 'workflow'
  | 'called-workflow'
  | 'workflow-file'
  | 'called-file'
  | 'config-file'

/** What is known of a shape. */
interface ShapeFacts {
  /** What a value is, in messages. */
  readonly called: string
  /** A pattern of the whole value. */
  readonly pattern?: RegExp
  /** Globs, of which each value matches one, unless it matches `pattern`. Default: any value. */
  readonly globs?: readonly string[]
}

const uuid = '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}'
const atRef = '*/*/**/*@refs/*/**'
const withRef = "a file with its ref, such as 'acme/shop/.github/workflows/deploy.yml@refs/heads/main'"
const own = '.github/workflows/**'
const file = "such as '.github/workflows/deploy.yml'"

/** Each shape. */
export const valueShapes: Readonly<Record<ValueShape, ShapeFacts>> = {
  uuid: { called: 'a lower-case uuid', pattern: new RegExp(`^${uuid}$`) },
  'braced-uuid': { called: 'a lower-case uuid in its braces, {…}', pattern: new RegExp(`^\\{${uuid}\\}$`) },
  'dns-label': { called: 'a lower-case dns-label', pattern: /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/ },
  slug: { called: 'a lower-case slug', pattern: /^[a-z0-9_](?:[a-z0-9_-]{0,98}[a-z0-9_])?$/ },
  'url-safe': { called: 'of letters, digits, - and _', pattern: /^[A-Za-z0-9_-]{1,128}$/ },
  digits: { called: 'of digits only', pattern: /^\d+$/ },
  commit: { called: 'a whole commit hash', pattern: /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/ },
  name: { called: "one name, such as 'acme'", globs: ['*'] },
  group: { called: "a group, such as 'acme/platform'", globs: ['**'] },
  'owner/name': { called: "a name with its owner, such as 'acme/shop'", globs: ['*/*'] },
  'group/name': { called: "a name with its group, such as 'acme/shop'", globs: ['*/**'] },
  'host/owner/name': { called: "a name with its host, such as 'github.com/acme/shop'", globs: ['*/*/**'] },
  ref: { called: "a full ref, such as 'refs/heads/main'", globs: ['refs/*/**'] },
  // https://git-scm.com/docs/git-check-ref-format
  'ref-name': { called: "a short name, such as 'main'", pattern: /^[^\s~^:?*[\\]+$/ },
  // By its commit where a bare commit is deployed.
  workflow: { called: withRef, pattern: /^[^/]+\/[^/]+\/.+@[0-9a-f]{40}$/, globs: [atRef] },
  'called-workflow': { called: withRef, globs: [atRef, '*/*/**/*@*'] },
  'workflow-file': { called: `a path from the root, ${file}`, globs: [own] },
  'called-file': { called: `a path from the root, or with its repository, ${file}`, globs: [own, `*/*/${own}`] },
  'config-file': {
    called: "a file with its ref, such as 'gitlab.com/acme/shop//.gitlab-ci.yml@refs/heads/main'",
    globs: ['*/**//**/*@refs/*/**'],
  },
}

/** The shapes of common fields, which are the same at all platforms. */
export const fieldShapes: Readonly<Partial<Record<string, ValueShape>>> = {
  ref: 'ref',
  branch: 'ref-name',
  tag: 'ref-name',
}

/** The shapes whose values cannot change the meaning of a URL: those of tenants. */
export const urlShapes: readonly ValueShape[] = ['uuid', 'braced-uuid', 'dns-label', 'slug', 'url-safe', 'digits']

/** Whether a value is text of a shape with a pattern. */
export function hasShape(value: unknown, shape: ValueShape): boolean {
  return typeof value === 'string' && valueShapes[shape].pattern?.test(value) === true
}
