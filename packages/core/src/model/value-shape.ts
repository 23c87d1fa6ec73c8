/**
 * The form of a field's values, where it is known: a rule on a value of another form would never
 * match, which is reported when the rule is made, and no value can change the meaning of a URL.
 * Each shape is exported by itself, so that bundles hold those of their providers only.
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
export interface Shape {
  /** What a value is, in messages. */
  readonly called: string
  /** A pattern of the whole value. */
  readonly pattern?: RegExp
  /** Globs, of which each value matches one, unless it matches `pattern`. Default: any value. */
  readonly globs?: readonly string[]
  /**
   * What somebody may mean by a text of another shape: alternatives, the likeliest first, each of
   * one condition or several. A condition is a field, and a value or pattern of it. Default:
   * unknown.
   */
  readonly meant?: (text: string, field: string) => readonly (readonly (readonly [field: string, text: string])[])[]
}

export const uuid: Shape = {
  called: 'a lower-case uuid',
  pattern: /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/,
}

export const bracedUuid: Shape = {
  called: 'a lower-case uuid in its braces, {…}',
  pattern: /^\{[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\}$/,
}

export const dnsLabel: Shape = {
  called: 'a lower-case dns-label',
  pattern: /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/,
}

export const slug: Shape = {
  called: 'a lower-case slug',
  pattern: /^[a-z0-9_](?:[a-z0-9_-]{0,98}[a-z0-9_])?$/,
}

export const urlSafe: Shape = {
  called: 'of letters, digits, - and _',
  pattern: /^[A-Za-z0-9_-]{1,128}$/,
}

export const digits: Shape = { called: 'of digits only', pattern: /^\d+$/ }

export const commit: Shape = {
  called: 'a whole commit hash',
  pattern: /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/,
}

/** A name from a URL, or one that lacks its owner. */
const namesIn: Shape['meant'] = (text, field) => {
  const rest = text.replace(/^(?:\w+:\/\/|git@)/, '').replace(/\.git$|\/$/, '')
  if (rest === text) return [[[field, `…/${text}`]]]
  const path = rest.replace(/^[^/:]*\.[^/:]*[/:]/, '')
  return [path, path.replace(/\/.*$/, '')].map((each) => [[field, each]])
}

export const name: Shape = { called: "one name, such as 'acme'", globs: ['*'], meant: namesIn }

export const group: Shape = { called: "a group, such as 'acme/platform'", globs: ['**'], meant: namesIn }

export const ownerName: Shape = {
  called: "a name with its owner, such as 'acme/shop'",
  globs: ['*/*'],
  meant: namesIn,
}

export const groupName: Shape = {
  called: "a name with its group, such as 'acme/shop'",
  globs: ['*/**'],
  meant: namesIn,
}

export const hostOwnerName: Shape = {
  called: "a name with its host, such as 'github.com/acme/shop'",
  globs: ['*/*/**'],
  meant: (text, field) => {
    const rest = text.replace(/^\w+:\/\//, '').replace(/\.git$|\/$/, '')
    return [[[field, rest === text ? `…/${text}` : rest]]]
  },
}

export const ref: Shape = {
  called: "a full ref, such as 'refs/heads/main'",
  globs: ['refs/*/**'],
  meant: (text) => {
    const [, kind, short = text] = /^(heads|tags)\/(.+)$/.exec(text) ?? []
    const fields = kind === 'heads' ? ['branch'] : kind === 'tags' ? ['tag'] : ['branch', 'tag']
    return [fields.map((field) => [field, short])]
  },
}

// https://git-scm.com/docs/git-check-ref-format
export const refName: Shape = { called: "a short name, such as 'main'", pattern: /^[^\s~^:?*[\\]+$/ }

const atRef = '*/*/**/*@refs/*/**'
const withRef = "a file with its ref, such as 'acme/shop/.github/workflows/deploy.yml@refs/heads/main'"
const folder = '.github/workflows/'
const own = '.github/workflows/**'
const file = "such as '.github/workflows/deploy.yml'"

/** The field for a file by itself, and the path of a workflow there. */
const fileIn: Shape['meant'] = (text, field) => [
  [[field.replace(/(?:File)?$/, 'File'), folder + text.replace(/@.*$/, '').replace(/^.*\//, '')]],
]

export const workflow: Shape = {
  called: withRef,
  // By its commit where a bare commit is deployed.
  pattern: /^[^/]+\/[^/]+\/.+@[0-9a-f]{40}$/,
  globs: [atRef],
  meant: fileIn,
}

export const calledWorkflow: Shape = {
  called: withRef,
  globs: [atRef, '*/*/**/*@*'],
  meant: (text, field) => (text.includes('/') ? [[[`${field}File`, text]]] : fileIn(text, field)),
}

export const workflowFile: Shape = {
  called: `a path from the root, ${file}`,
  globs: [own],
  meant: fileIn,
}

export const calledFile: Shape = {
  called: `a path from the root, or with its repository, ${file}`,
  globs: [own, `*/*/${own}`],
  meant: fileIn,
}

export const configFile: Shape = {
  called: "a file with its ref, such as 'gitlab.com/acme/shop//.gitlab-ci.yml@refs/heads/main'",
  globs: ['*/**//**/*@refs/*/**'],
  meant: (text, field) => [[[`${field}File`, text.replace(/@.*$/, '').replace(/^.*\/\//, '')]]],
}

/** Whether a value is text of a shape with a pattern. */
export function hasShape(value: unknown, { pattern }: Shape): boolean {
  return typeof value === 'string' && pattern?.test(value) === true
}
