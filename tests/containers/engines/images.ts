import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { basename, join } from 'node:path'
import { readImageList } from './image-list.ts'
import { docker } from './runtime.ts'

/** An image that a recipe makes. Its tag changes with everything that it is made of. */
export interface Image {
  readonly name: string
  /** What is in it, in a few words. */
  readonly holds: string
  readonly repository: string
  readonly tag: string
  /** The script that makes it, as a path, and its arguments; the tag comes before them. */
  readonly recipe: readonly [string, ...string[]]
  /** Nothing fails where it is missing. */
  readonly isOptional: boolean
  /** Made of this machine and this checkout alone: no network is needed. */
  readonly isLocal: boolean
}

/**
 * Reads which images a folder's `images.json` describes.
 *
 * @throws {ImageListError} when the list is missing or malformed
 */
export function listImages(folder: string): Image[] {
  const { repository, images } = readImageList(folder)
  return images.map(({ name, holds, recipe: [script, ...recipeArguments], inputs, optional, local }) => {
    const files = [script, ...inputs].map((input) => join(folder, input))
    // What is made of this machine's Node is another image with another Node.
    const key = hashFiles(files, [name, process.arch, ...recipeArguments, local ? process.version : ''])
    return {
      name,
      holds,
      repository: `${repository}/${name}`,
      tag: `${repository}/${name}:${key}`,
      recipe: [join(folder, script), ...recipeArguments],
      isOptional: optional,
      isLocal: local,
    }
  })
}

/** The images of the list that the runtime does not have. */
export async function missingImages(images: readonly Image[]): Promise<Image[]> {
  const present = new Set((await docker('image', 'ls', '--format', '{{.Repository}}:{{.Tag}}')).split('\n'))
  return images.filter(({ tag }) => !present.has(tag))
}

/** What an image is made of decides its tag; maps and type declarations run nowhere. */
function hashFiles(files: readonly string[], words: readonly string[]): string {
  const hash = createHash('sha256').update(JSON.stringify(words))
  for (const file of files.flatMap(filesIn)) {
    hash.update(`\0${basename(file)}\0`).update(readFileSync(file))
  }
  return hash.digest('hex').slice(0, 12)
}

function filesIn(file: string): string[] {
  const status = statSync(file, { throwIfNoEntry: false })
  // A missing input, such as a folder that was not built yet, makes another tag than any content.
  if (status === undefined) return []
  if (status.isFile()) return [file]
  return readdirSync(file, { recursive: true, encoding: 'utf8' })
    .filter((name) => !/\.(?:map|d\.ts|tmp)$/.test(name))
    .sort()
    .map((name) => join(file, name))
    .filter((name) => statSync(name).isFile())
}
