/**
 * Files that define a run, from claims such as `acme/shop/.github/workflows/ci.yml@refs/heads/x`.
 * File names and refs may both contain `@`, so the claim is never split there: the token's own ref
 * says where the file ends.
 */

/** Where a run takes its file from. */
interface Run {
  /** What precedes the path of a file of the calling repository, with its last slash. */
  readonly repository: string
  /** The ref of the run; not one that outsiders push to. */
  readonly ref: string | undefined
  /** The commit of the run. It names the file where the run has no ref. */
  readonly sha: string | undefined
}

/**
 * The path of the file, where it is of the calling repository, at the run's own ref or commit;
 * else `undefined`.
 */
export function fileAtOwnRef(file: string | null | undefined, { repository, ref, sha }: Run): string | undefined {
  if (typeof file !== 'string' || !file.startsWith(repository)) return undefined
  const end = isAt(file, ref) ? ref : isAt(file, sha) ? sha : undefined
  if (end === undefined) return undefined
  const path = file.slice(repository.length, -end.length - 1)
  return path === '' ? undefined : path
}

/** Whether a file is named at a ref or commit. */
function isAt(file: string, end: string | undefined): end is string {
  return end !== undefined && end !== '' && file.endsWith(end) && file.at(-end.length - 1) === '@'
}

/** A workflow of another repository, on a branch or tag of it. */
const called = /^([^/@]+\/[^/@]+\/\.github\/workflows\/[^/@]+)@refs\/(?:heads|tags)\/[^@]+$/

/**
 * The path of a reusable workflow with its repository, where it is called by a branch or tag. A
 * commit may be of a fork, whose commits GitHub resolves in the parent as well.
 */
export function calledFile(file: string | undefined): string | undefined {
  return called.exec(file ?? '')?.[1]
}
