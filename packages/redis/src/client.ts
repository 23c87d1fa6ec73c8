/** The clients that work, and how each is asked. That it answers as Redis does is proven, see `proof.ts`. */

/** A client, pool, cluster or sentinel of node-redis (https://www.npmjs.com/package/redis), 4 to 6. */
export interface NodeRedisClient {
  /** Whether commands go through now; a client that says no is not waited for. */
  readonly isReady?: boolean
  /** `SET` (https://redis.io/docs/latest/commands/set/). */
  set(...args: never): Promise<unknown>
  /** `EXISTS` (https://redis.io/docs/latest/commands/exists/). */
  exists(...args: never): Promise<unknown>
  /** `PTTL` (https://redis.io/docs/latest/commands/pttl/). */
  pTTL(...args: never): Promise<unknown>
  /** `INFO` (https://redis.io/docs/latest/commands/info/). */
  info?(...args: never): Promise<unknown>
}

/** A client or cluster of ioredis (https://www.npmjs.com/package/ioredis) 5, or of iovalkey. */
export interface IoredisClient {
  /** The state of the connection. */
  readonly status: string
  /** Sends any command. */
  call(command: string, ...args: string[]): Promise<unknown>
  /** Tells the client from others that have `call`. */
  pttl(key: string): Promise<unknown>
}

/** Any other client, by one function of yours. */
export interface RedisSender {
  /** Sends a command as it is, `sendCommand('SET', 'key', 'value')`, and resolves to the server's answer: text, a number or `null`. */
  sendCommand(...args: string[]): Promise<unknown>
}

/** What a store can be made with. */
export type RedisClient = NodeRedisClient | IoredisClient | RedisSender

/** What is asked of a server. Times are in milliseconds. */
export interface Commands {
  /** Whether the connection is known to be down. */
  readonly isDown: () => boolean
  /** `SET key value NX PX time`: `'OK'`, or `null` where the key is there. */
  readonly setIfAbsent: (key: string, value: string, time: number) => Promise<unknown>
  /** `SET key value GET PX time`: the value before, or `null`. */
  readonly replace: (key: string, value: string, time: number) => Promise<unknown>
  /** `EXISTS key`: 1 or 0. */
  readonly exists: (key: string) => Promise<unknown>
  /** `PTTL key`: the time left. */
  readonly timeLeft: (key: string) => Promise<unknown>
  /** `INFO`: lines of `name:value`. */
  readonly info: () => Promise<unknown>
}

const has = (client: object, ...names: readonly string[]): boolean =>
  names.every((name) => typeof (client as Record<string, unknown>)[name] === 'function')

/** The commands of a client. Throws a `TypeError` for one that is not known to work. */
export function commandsOf(client: unknown): Commands {
  if (typeof client === 'object' && client !== null) {
    if (has(client, 'set', 'exists', 'pTTL')) return ofNodeRedis(client as NodeRedisClient)
    if (has(client, 'call', 'pttl')) return ofIoredis(client as IoredisClient)
    if (has(client, 'sendCommand') && !has(client, 'set'))
      return bySending((...args) => (client as RedisSender).sendCommand(...args))
  }
  throw new TypeError(
    'redisReplayStore() takes a connected client of node-redis 4 to 6, such as createClient() of the package redis, or new Redis() of ioredis 5; for any other, { sendCommand: (...args) => … } that sends a command as it is',
  )
}

/** What is called of node-redis: its versions declare different types, and take these arguments. */
interface NodeRedisCalls {
  set(key: string, value: string, options: object): Promise<unknown>
  exists(key: string): Promise<unknown>
  pTTL(key: string): Promise<unknown>
  info?(): Promise<unknown>
}

function ofNodeRedis(client: NodeRedisClient): Commands {
  const calls = client as unknown as NodeRedisCalls
  // Version 4 reads PX and NX, and ignores the others; later versions prefer the others.
  const lasting = (time: number): object => ({ PX: time, expiration: { type: 'PX', value: time } })
  return {
    isDown: () => client.isReady === false,
    setIfAbsent: (key, value, time) => calls.set(key, value, { ...lasting(time), NX: true, condition: 'NX' }),
    replace: (key, value, time) => calls.set(key, value, { ...lasting(time), GET: true }),
    exists: (key) => calls.exists(key),
    timeLeft: (key) => calls.pTTL(key),
    info: async () => calls.info?.(),
  }
}

function ofIoredis(client: IoredisClient): Commands {
  const down: ReadonlySet<string> = new Set(['reconnecting', 'close', 'end'])
  // Small letters: its cluster finds the key of a command by that name.
  const send = (command: string, ...args: string[]): Promise<unknown> => client.call(command.toLowerCase(), ...args)
  return { ...bySending(send), isDown: () => down.has(client.status) }
}

function bySending(send: (command: string, ...args: string[]) => Promise<unknown>): Commands {
  return {
    isDown: () => false,
    setIfAbsent: (key, value, time) => send('SET', key, value, 'NX', 'PX', String(time)),
    replace: (key, value, time) => send('SET', key, value, 'GET', 'PX', String(time)),
    exists: (key) => send('EXISTS', key),
    timeLeft: (key) => send('PTTL', key),
    info: () => send('INFO'),
  }
}
