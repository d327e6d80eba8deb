import { fileURLToPath } from 'node:url'
import { connectDocker } from './engine.ts'
import { ensureImage, imageName } from './image.ts'
import { imageFiles } from './image-files.ts'

const projectRoot = fileURLToPath(new URL('../../..', import.meta.url)).replace(/\/$/, '')

/** Name of this project's image. It is made where an engine answers; elsewhere it is only what it would be called. */
export async function projectImage(): Promise<string> {
  const files = imageFiles(projectRoot)
  const docker = await connectDocker().catch(() => null)
  return docker === null ? imageName(projectRoot, files) : ensureImage(docker, projectRoot, files)
}
