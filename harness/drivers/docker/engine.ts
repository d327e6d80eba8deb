import type Docker from 'dockerode'

/** No Docker Engine can be used. */
export class DockerUnusableError extends Error {
  override readonly name = 'DockerUnusableError'
}

/** An engine answered that it will not. */
export class DockerError extends Error {
  override readonly name = 'DockerError'
}

const answerMsMax = 5_000

/**
 * The engine that `DOCKER_HOST` names (and `DOCKER_TLS_VERIFY`, `DOCKER_CERT_PATH`), else the one of this machine.
 * @throws DockerUnusableError with the address and what was wrong with it.
 */
export async function connectDocker(
  environment: Readonly<Record<string, string | undefined>> = process.env,
): Promise<Docker> {
  const address = environment['DOCKER_HOST'] ?? 'unix:///var/run/docker.sock'
  const Client = await loadClient()
  let docker: Docker
  try {
    docker = new Client(optionsOf(address, environment))
  } catch (error) {
    throw new DockerUnusableError(`DOCKER_HOST ${address}: ${messageOf(error)}`)
  }
  try {
    const version = await within(answerMsMax, docker.version())
    if (version.Os !== 'linux')
      throw new Error(`expected an engine that runs Linux containers, found ${version.Os}`)
    return docker
  } catch (error) {
    throw new DockerUnusableError(
      `no Docker Engine answers at ${address}: ${messageOf(error)}; start one (dockerd) or name one by DOCKER_HOST`,
    )
  }
}

/** An image holds the sources, so that the package that npm installs is without this library, and much that it needs. */
async function loadClient(): Promise<typeof Docker> {
  try {
    return (await import('dockerode')).default
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw error
    throw new DockerUnusableError(
      'containers are made in a checkout of Lockstep: an installed one has no sources',
    )
  }
}

function optionsOf(
  address: string,
  environment: Readonly<Record<string, string | undefined>>,
): Docker.DockerOptions {
  if (address.startsWith('unix://')) return { socketPath: address.slice('unix://'.length) }
  // Certificates and ssh are read by dockerode itself, from the environment of this process.
  if (environment['DOCKER_TLS_VERIFY'] === '1' || address.startsWith('ssh://')) return {}
  const { hostname, port } = new URL(address)
  return { protocol: 'http', host: hostname, port: port === '' ? 2375 : Number(port) }
}

/** The status code of an engine's refusal; undefined for anything else, such as a connection that broke. */
export function statusOf(error: unknown): number | undefined {
  const { statusCode } = error as { readonly statusCode?: unknown }
  return typeof statusCode === 'number' ? statusCode : undefined
}

/** Resolves when the call does, or when the engine answers with one of these statuses; other refusals are thrown. */
export async function unless(statuses: readonly number[], call: Promise<unknown>): Promise<void> {
  try {
    await call
  } catch (error) {
    const status = statusOf(error)
    if (status === undefined || !statuses.includes(status)) throw error
  }
}

export function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  // dockerode puts the engine's own words in `json.message`, behind its own.
  const { json } = error as { readonly json?: { readonly message?: unknown } }
  return typeof json?.message === 'string' ? json.message.trim() : error.message
}

async function within<T>(ms: number, call: Promise<T>): Promise<T> {
  const late = Promise.withResolvers<never>()
  const timer = setTimeout(() => late.reject(new Error(`no answer within ${ms} ms`)), ms)
  try {
    return await Promise.race([call, late.promise])
  } finally {
    clearTimeout(timer)
  }
}
