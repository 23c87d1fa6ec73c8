/** Artifacts in memory; the oldest is dropped when the store is full. */

interface Artifact {
  readonly content: Buffer
  /** Repository and full ref, as verified: `acme/shop@refs/tags/v1.4.0`. */
  readonly builtFrom: string
}

export interface Artifacts {
  get(name: string): Artifact | undefined
  set(name: string, artifact: Artifact): void
}

export function createArtifacts({ count }: { readonly count: number }): Artifacts {
  const artifacts = new Map<string, Artifact>()
  return {
    get: (name) => artifacts.get(name),
    set: (name, artifact) => {
      artifacts.delete(name)
      artifacts.set(name, artifact)
      const [oldest = name] = artifacts.keys()
      if (artifacts.size > count) artifacts.delete(oldest)
    },
  }
}
