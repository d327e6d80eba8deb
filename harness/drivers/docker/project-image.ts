import { packageRoot } from '../../../node/adapters/files/package-root.ts'
import { connectDocker } from './engine.ts'
import { ensureImage, imageName } from './image.ts'
import { imageFiles } from './image-files.ts'

/** Name of this project's image. It is made where an engine answers; elsewhere it is only what it would be called. */
export async function projectImage(): Promise<string> {
  const files = imageFiles(packageRoot)
  const docker = await connectDocker().catch(() => null)
  return docker === null ? imageName(packageRoot, files) : ensureImage(docker, packageRoot, files)
}
