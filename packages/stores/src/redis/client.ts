/**
 * Supported Redis clients and the commands they send. `proof.ts` verifies that a client answers as
 * Redis does.
 */

/** A client, pool, cluster or sentinel of node-redis (https://www.npmjs.com/package/redis), 4 to 6. */
export interface NodeRedisClient {
  /** Whether the connection is up. If `false`, commands fail at once instead of waiting. */
  readonly isReady?: boolean
  /** `SET` (https://redis.io/docs/latest/commands/set/). */
  set(...args: never): Promise<unknown>
  /** `EXISTS` (https://redis.io/docs/latest/commands/exists/). */
  exists(...args: never): Promise<unknown>
  /** `GET` (https://redis.io/docs/latest/commands/get/). */
  get(...args: never): Promise<unknown>
  /** `PTTL` (https://redis.io/docs/latest/commands/pttl/). */
  pTTL(...args: never): Promise<unknown>
  /** `INFO` (https://redis.io/docs/latest/commands/info/). */
  info?(...args: never): Promise<unknown>
  /** `CONFIG GET` (https://redis.io/docs/latest/commands/config-get/). */
  configGet?(...args: never): Promise<unknown>
}

/** A client or cluster of ioredis (https://www.npmjs.com/package/ioredis) 5, or of iovalkey. */
export interface IoredisClient {
  /** State of the connection, such as `'ready'`. */
  readonly status: string
  /** Sends any command. */
  call(command: string, ...args: string[]): Promise<unknown>
  /** `PTTL`. Its presence distinguishes ioredis from other clients that have `call`. */
  pttl(key: string): Promise<unknown>
}

/** Any other client, wrapped in one function. */
export interface RedisSender {
  /**
   * Sends a command unchanged, such as `sendCommand('SET', 'key', 'value')`, and resolves to the
   * server's answer: text, a number or `null`.
   */
  sendCommand(...args: string[]): Promise<unknown>
}

/** A client that `redisReplayStore()` accepts. */
export type RedisClient = NodeRedisClient | IoredisClient | RedisSender

/** The commands that the store sends. Times are in milliseconds. */
export interface Commands {
  /** Whether the connection is known to be down. */
  readonly isDown: () => boolean
  /** `SET key value NX PX time`: `'OK'`, or `null` if the key exists. */
  readonly setIfAbsent: (key: string, value: string, time: number) => Promise<unknown>
  /** `SET key value GET PX time`: the previous value, or `null`. */
  readonly replace: (key: string, value: string, time: number) => Promise<unknown>
  /** `GET key`: the value, or `null`. */
  readonly get: (key: string) => Promise<unknown>
  /** `EXISTS key`: 1 or 0. */
  readonly exists: (key: string) => Promise<unknown>
  /** `PTTL key`: the remaining time. */
  readonly timeLeft: (key: string) => Promise<unknown>
  /** `INFO`: lines of `name:value`. */
  readonly info: () => Promise<unknown>
  /** `CONFIG GET name`: a list of the name and its value, or an object of them. */
  readonly config: (name: string) => Promise<unknown>
}

const has = (client: object, ...names: readonly string[]): boolean =>
  names.every((name) => typeof (client as Record<string, unknown>)[name] === 'function')

/** The commands of a client. Throws a `TypeError` for an unsupported client. */
export function commandsOf(client: unknown): Commands {
  if (typeof client === 'object' && client !== null) {
    if (has(client, 'set', 'exists', 'get', 'pTTL')) return ofNodeRedis(client as NodeRedisClient)
    if (has(client, 'call', 'pttl')) return ofIoredis(client as IoredisClient)
    if (has(client, 'sendCommand') && !has(client, 'set'))
      return bySending((...args) => (client as RedisSender).sendCommand(...args))
  }
  throw new TypeError(
    'redisReplayStore() takes a connected client of node-redis 4 to 6, such as createClient() of the package redis, or new Redis() of ioredis 5; for any other, { sendCommand: (...args) => … } that sends a command as it is',
  )
}

/**
 * The methods of node-redis that are called. Its major versions declare different types but accept
 * these arguments.
 */
interface NodeRedisCalls {
  set(key: string, value: string, options: object): Promise<unknown>
  exists(key: string): Promise<unknown>
  get(key: string): Promise<unknown>
  pTTL(key: string): Promise<unknown>
  info?(): Promise<unknown>
  configGet?(name: string): Promise<unknown>
}

function ofNodeRedis(client: NodeRedisClient): Commands {
  const calls = client as unknown as NodeRedisCalls
  // node-redis 4 reads PX and NX and ignores the others; later versions prefer the others.
  const lasting = (time: number): object => ({ PX: time, expiration: { type: 'PX', value: time } })
  return {
    isDown: () => client.isReady === false,
    setIfAbsent: (key, value, time) => calls.set(key, value, { ...lasting(time), NX: true, condition: 'NX' }),
    replace: (key, value, time) => calls.set(key, value, { ...lasting(time), GET: true }),
    exists: (key) => calls.exists(key),
    get: (key) => calls.get(key),
    timeLeft: (key) => calls.pTTL(key),
    info: async () => calls.info?.(),
    config: async (name) => calls.configGet?.(name),
  }
}

function ofIoredis(client: IoredisClient): Commands {
  const down: ReadonlySet<string> = new Set(['reconnecting', 'close', 'end'])
  // Lower case: the cluster client looks up the key position of a command by that name.
  const send = (command: string, ...args: string[]): Promise<unknown> => client.call(command.toLowerCase(), ...args)
  return { ...bySending(send), isDown: () => down.has(client.status) }
}

function bySending(send: (command: string, ...args: string[]) => Promise<unknown>): Commands {
  return {
    isDown: () => false,
    setIfAbsent: (key, value, time) => send('SET', key, value, 'NX', 'PX', String(time)),
    replace: (key, value, time) => send('SET', key, value, 'GET', 'PX', String(time)),
    exists: (key) => send('EXISTS', key),
    get: (key) => send('GET', key),
    timeLeft: (key) => send('PTTL', key),
    info: () => send('INFO'),
    config: (name) => send('CONFIG', 'GET', name),
  }
}
