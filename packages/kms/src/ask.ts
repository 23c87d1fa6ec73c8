/** Questions to a service: limited in time, with errors that say who has to do what. */

/** Who asks whom. */
export interface Service {
  /** The function that the application called, such as `awsKmsKey()`. */
  readonly what: string
  /** The name of the service, such as `AWS KMS`. */
  readonly name: string
  /** The key, as the application named it. */
  readonly key: string
  /** What to check where the service refuses: the rights that it needs. */
  readonly rights: string
  /** Whether an error means that repeating the call cannot help. */
  readonly isRefusal: (error: unknown) => boolean
}

const timeout = 5_000

/**
 * Asks for what is needed at start. Rejects with a `TypeError` where the service refuses, and with
 * an `Error` where it is unavailable.
 */
export async function askAtStart<T>(service: Service, work: () => Promise<T>): Promise<T> {
  try {
    return await limited(work)
  } catch (cause) {
    const { what, name, key, rights } = service
    if (service.isRefusal(cause))
      throw new TypeError(
        `${what}: ${name} refuses ${key} (${kindOf(cause)}): check that the key exists and is enabled, and that this process may ${rights}`,
        { cause },
      )
    throw new Error(`${what}: ${name} is unavailable (${kindOf(cause)})`, { cause })
  }
}

/** Asks for a signature. Rejects with an `Error`. */
export async function askToSign<T>({ what, name }: Service, work: () => Promise<T>): Promise<T> {
  return limited(work).catch((cause: unknown) => {
    throw new Error(`${what}: ${name} did not sign (${kindOf(cause)})`, { cause })
  })
}

async function limited<T>(work: () => Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new DOMException('no answer within 5 s', 'TimeoutError')), timeout)
  })
  try {
    return await Promise.race([work(), late])
  } finally {
    clearTimeout(timer)
  }
}

/** The name and code of an error. Its message may quote a request. */
function kindOf(cause: unknown): string {
  const { name, code } = Object(cause) as { readonly name?: unknown; readonly code?: unknown }
  const words = [name, code].filter((word) => typeof word === 'number' || /^\w{1,64}$/.test(String(word ?? '')))
  return words.join(' ') || 'an error'
}
