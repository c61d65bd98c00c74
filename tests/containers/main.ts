/**
 * Builds the images of the other SQLite engines that the tests of this folder run, where they are missing.
 *
 *   npm run containers -- [--doctor] [--json]
 */
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { buildImages, type ImageBuild } from './engines/build-images.ts'
import { type Image, listImages, missingImages } from './engines/images.ts'
import { findRuntime, type Runtime } from './engines/runtime.ts'

const folder = fileURLToPath(new URL('../../containers/', import.meta.url))
const exitCodes = { proven: 0, notProven: 1, unusable: 2 }

/** @returns the exit code */
async function main(): Promise<number> {
  const { values } = parseArgs({
    options: { doctor: { type: 'boolean', default: false }, json: { type: 'boolean', default: false } },
  })
  const images = listImages(folder)
  const runtime = await findRuntime()
  if (values.doctor) return examine(images, runtime, values.json)
  if (runtime.isFound) return build(images, values.json)
  console.error(
    `Error: Container runtime: expected a docker command that reaches an engine, found '${runtime.reason}'; ${howToGetRuntime}.`,
  )
  return exitCodes.notProven
}

async function examine(images: readonly Image[], runtime: Runtime, asJson: boolean): Promise<number> {
  const missing = runtime.isFound ? await missingImages(images) : images
  const isComplete = runtime.isFound && missing.every(({ isOptional }) => isOptional)
  if (asJson) printJson({ runtime, images: images.map((image) => describe(image, missing)) })
  else console.log(renderExamination(images, missing, runtime))
  return isComplete ? exitCodes.proven : exitCodes.notProven
}

function describe({ name, tag, holds, isOptional }: Image, missing: readonly Image[]) {
  return { name, tag, holds, optional: isOptional, present: !missing.some((image) => image.tag === tag) }
}

function renderExamination(images: readonly Image[], missing: readonly Image[], runtime: Runtime): string {
  const found = runtime.isFound
    ? `Runtime: Docker ${runtime.version} at ${runtime.host}.`
    : `Runtime: none at ${runtime.host ?? 'any address'}: ${runtime.reason}.`
  const lines = images.map((image) => {
    const { present, optional } = describe(image, missing)
    const state = present ? 'present' : optional ? 'missing, optional' : 'missing'
    return `${image.name.padEnd(15)}${state.padEnd(19)}${image.holds}`
  })
  const advice = adviceFor(missing, runtime)
  return [found, '', ...lines, ...(advice === null ? [] : ['', advice])].join('\n')
}

const howToGetRuntime =
  'start Docker, or on Debian run as root `eval "$(containers/engine.sh start)"`, which ends with `containers/engine.sh stop`'

function adviceFor(missing: readonly Image[], runtime: Runtime): string | null {
  if (!runtime.isFound) return `What to do: ${howToGetRuntime}.`
  return missing.length === 0 ? null : 'What to do: run `npm run containers`, which builds what is missing.'
}

async function build(images: readonly Image[], asJson: boolean): Promise<number> {
  const missing = await missingImages(images)
  if (missing.length > 0) console.error(`Building ${missing.map(({ name }) => name).join(', ')} …`)
  const builds = await buildImages(missing, (ended) => {
    if (!asJson) console.log(renderBuild(ended))
  })
  if (asJson) printJson({ images: images.map((image) => toJson(image, builds)) })
  else if (missing.length === 0) console.log(`All ${images.length} images are there.`)
  const isComplete = builds.every(({ image, failure }) => image.isOptional || failure === null)
  return isComplete ? exitCodes.proven : exitCodes.notProven
}

function renderBuild({ image, failure, durationMilliseconds }: ImageBuild): string {
  const duration = `${(durationMilliseconds / 1000).toFixed(1)} s`
  if (failure === null) return `built   ${image.name}: ${image.holds}, in ${duration}`
  return `${image.isOptional ? 'skipped' : 'failed'} ${image.name}, after ${duration}: ${failure}`
}

function toJson({ name, tag }: Image, builds: readonly ImageBuild[]) {
  const built = builds.find(({ image }) => image.tag === tag)
  const state = built === undefined ? 'present' : built.failure === null ? 'built' : 'failed'
  return { name, tag, state, failure: built?.failure ?? null }
}

function printJson(value: unknown): void {
  console.log(JSON.stringify(value, null, 2))
}

main().then(
  (exitCode) => {
    process.exitCode = exitCode
  },
  (error: unknown) => {
    console.error(`Error: ${error instanceof Error ? error.message : String(error)}`)
    process.exitCode = exitCodes.unusable
  },
)
