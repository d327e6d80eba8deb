import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type Docker from 'dockerode'
import { withProcessLock } from '../process-lock.ts'
import { type ArchiveEntry, archiveOf } from './archive.ts'
import { DockerError, messageOf, statusOf, unless } from './engine.ts'

const repository = 'lockstep'
const imageLabel = 'dev.lockstep.image'

/**
 * Makes sure that the engine has an image of these files, made from nothing, and returns its name. The name follows from
 * the content: what was made once is used again. Images of earlier contents are removed, unless a container uses them.
 */
export async function ensureImage(
  docker: Docker,
  projectRoot: string,
  files: readonly ArchiveEntry[],
): Promise<string> {
  const name = imageName(projectRoot, files)
  if (await hasImage(docker, name)) return name
  // Two builds of one image at a time remove each other's layers.
  const lock = join(tmpdir(), `lockstep-image-${name.slice(name.indexOf(':') + 1)}.lock`)
  return withProcessLock(lock, () => makeImage(docker, name, files))
}

async function makeImage(docker: Docker, name: string, files: readonly ArchiveEntry[]): Promise<string> {
  if (await hasImage(docker, name)) return name
  const stream = await docker.buildImage(archiveOf([dockerfile(), ...files.map(underRoot)]), {
    t: name,
    forcerm: true,
  })
  await finished(docker, stream)
  if (!(await hasImage(docker, name)))
    throw new DockerError(`the engine took the image ${name} and does not have it; is its disk full?`)
  await removeOthers(docker, name)
  return name
}

/** What an image of these files is called. */
export function imageName(projectRoot: string, files: readonly ArchiveEntry[]): string {
  return `${repository}:${contentHash(projectRoot, files).slice(0, 16)}`
}

const contentFolder = 'content'

function dockerfile(): ArchiveEntry {
  const lines = [
    'FROM scratch',
    `COPY ${contentFolder} /`,
    'WORKDIR /tmp',
    'ENV TMPDIR=/tmp',
    `LABEL ${imageLabel}=1`,
  ]
  return { path: 'Dockerfile', mode: 0o644, content: { text: `${lines.join('\n')}\n` } }
}

function underRoot(entry: ArchiveEntry): ArchiveEntry {
  return { ...entry, path: `${contentFolder}/${entry.path}` }
}

/**
 * Hash of what the image holds. Packages are named by the lockfile, which has the hash of each; everything else counts with its
 * bytes.
 */
export function contentHash(projectRoot: string, files: readonly ArchiveEntry[]): string {
  const hash = createHash('sha256')
  hash.update(readFileSync(join(projectRoot, 'package-lock.json')))
  for (const { path, mode, content } of [...files].sort((a, b) => (a.path < b.path ? -1 : 1))) {
    hash.update(`\0${path}\0${mode}\0`)
    if (content === 'directory' || ('file' in content && content.file.includes('/node_modules/'))) continue
    hash.update('file' in content ? readFileSync(content.file) : content.text)
  }
  return hash.digest('hex')
}

/** Whether the engine has it. Nothing is ever pulled. */
export async function hasImage(docker: Docker, name: string): Promise<boolean> {
  try {
    await docker.getImage(name).inspect()
    return true
  } catch (error) {
    if (statusOf(error) === 404) return false
    throw error
  }
}

/** Reads an engine's progress to its end. @throws DockerError with what it says went wrong, which is no HTTP error. */
async function finished(docker: Docker, stream: NodeJS.ReadableStream): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    docker.modem.followProgress(stream, (error, output: readonly { readonly error?: string }[]) => {
      const failed =
        error === null ? output.find((line) => line.error !== undefined)?.error : messageOf(error)
      if (failed === undefined) resolve()
      else reject(new DockerError(`the engine cannot make the image: ${failed}`))
    })
  })
}

async function removeOthers(docker: Docker, name: string): Promise<void> {
  const filters = JSON.stringify({ label: [imageLabel] })
  const others = (await docker.listImages({ filters })).filter(({ RepoTags }) => !RepoTags?.includes(name))
  // 409: a container of another run uses it.
  await Promise.all(others.map(({ Id }) => unless([404, 409], docker.getImage(Id).remove())))
}
