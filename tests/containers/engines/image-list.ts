import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { DiagnosedError } from 'migration-proof'

/** Thrown when the list of images cannot be read. */
class ImageListError extends DiagnosedError {
  override readonly name = 'ImageListError'
}

/** The content of `images.json`; all paths start at its folder. */
export interface ImageList {
  readonly repository: string
  readonly images: readonly ImageDescription[]
}

interface ImageDescription {
  readonly name: string
  readonly holds: string
  readonly recipe: readonly [string, ...string[]]
  /** Files and folders, beside the recipe, that the image is made of. */
  readonly inputs: readonly string[]
  readonly optional: boolean
  readonly local: boolean
}

/**
 * Reads `images.json` of a folder.
 *
 * @throws {ImageListError} when it is missing or malformed
 */
export function readImageList(folder: string): ImageList {
  const file = join(folder, 'images.json')
  const list = parse(file)
  if (!isRecord(list) || typeof list.repository !== 'string' || !Array.isArray(list.images)) {
    throw malformed(file, 'an object with repository and images', JSON.stringify(list))
  }
  const images = list.images.map((image: unknown) => toDescription(file, image))
  return { repository: list.repository, images }
}

function parse(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch (cause) {
    throw malformed(file, 'a readable list of images', `'${cause instanceof Error ? cause.message : cause}'`)
  }
}

function toDescription(file: string, image: unknown): ImageDescription {
  if (!isRecord(image)) throw malformed(file, 'an object for each image', JSON.stringify(image))
  const { name, holds, recipe, inputs, optional = false, local = false } = image
  if (
    typeof name === 'string' &&
    typeof holds === 'string' &&
    isWords(recipe) &&
    isWords(inputs) &&
    typeof optional === 'boolean' &&
    typeof local === 'boolean'
  ) {
    const [script, ...rest] = recipe
    if (script !== undefined) return { name, holds, recipe: [script, ...rest], inputs, optional, local }
  }
  throw malformed(file, 'name, holds, recipe and inputs for each image', JSON.stringify(image))
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isWords(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((word) => typeof word === 'string')
}

function malformed(where: string, expected: string, actual: string) {
  return new ImageListError({ where, expected, actual, fix: 'restore the file from version control' })
}
