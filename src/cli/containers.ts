import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { defineCommand } from 'citty'
import { buildImages, type ImageBuild } from '../harness/engines/build-images.ts'
import { type Image, listImages, missingImages } from '../harness/engines/images.ts'
import { findRuntime, type Runtime } from '../harness/engines/runtime.ts'
import { DiagnosedError } from '../harness/errors.ts'
import { formatDuration } from '../harness/report/numbers.ts'
import { UsageError } from './errors.ts'
import { type ExitCode, exitCodes } from './exit-codes.ts'
import { printJson } from './output/json.ts'
import { print } from './output/print.ts'
import { progressOn } from './output/progress.ts'
import { styleFor } from './output/style.ts'
import { formatTable } from './output/table.ts'

/** The same path from src/cli and from dist/cli. */
const folder = fileURLToPath(new URL('../../containers/', import.meta.url))

export const containersCommand = defineCommand({
  meta: {
    name: 'containers',
    description:
      'Build the images of the other SQLite engines that the tests of tests/containers run, where they are missing. ' +
      'It works in a checkout of the project, and needs a container runtime.',
  },
  args: {
    doctor: {
      type: 'boolean',
      description: 'build nothing: tell what is there, what is missing and how to get it',
    },
    json: { type: 'boolean', description: 'print the results as JSON' },
  },
  run: async ({ args }): Promise<ExitCode> => {
    if (!existsSync(folder)) throw noCheckout()
    const images = listImages(folder)
    const runtime = await findRuntime()
    if (args.doctor === true) return examine(images, runtime, args.json === true)
    if (!runtime.isFound) throw noRuntime(runtime.reason)
    return build(images, args.json === true)
  },
})

async function examine(images: readonly Image[], runtime: Runtime, asJson: boolean): Promise<ExitCode> {
  const missing = runtime.isFound ? await missingImages(images) : images
  const isComplete = runtime.isFound && missing.every(({ isOptional }) => isOptional)
  if (asJson) printJson({ runtime, images: images.map((image) => describe(image, missing)) })
  else print(renderExamination(images, missing, runtime))
  return isComplete ? exitCodes.proven : exitCodes.notProven
}

function describe({ name, tag, holds, isOptional }: Image, missing: readonly Image[]) {
  return { name, tag, holds, optional: isOptional, present: !missing.some((image) => image.tag === tag) }
}

function renderExamination(images: readonly Image[], missing: readonly Image[], runtime: Runtime): string {
  const style = styleFor(process.stdout)
  const rows = images.map((image) => {
    const { present, optional } = describe(image, missing)
    if (present) return [image.name, style('green', 'present'), image.holds]
    return [
      image.name,
      style(optional ? 'yellow' : 'red', optional ? 'missing, optional' : 'missing'),
      image.holds,
    ]
  })
  const found = runtime.isFound
    ? `Runtime: Docker ${runtime.version} at ${runtime.host}.`
    : `Runtime: none at ${runtime.host ?? 'any address'}: ${runtime.reason}.`
  const table = formatTable([{ title: 'Image' }, { title: 'State' }, { title: 'What it holds' }], rows, style)
  const advice = adviceFor(missing, runtime)
  return [found, '', table, ...(advice === null ? [] : ['', advice])].join('\n')
}

const howToGetRuntime =
  'start Docker, or on Debian run as root `eval "$(containers/engine.sh start)"`, which ends with `containers/engine.sh stop`'

function adviceFor(missing: readonly Image[], runtime: Runtime): string | null {
  if (!runtime.isFound) return `What to do: ${howToGetRuntime}.`
  return missing.length === 0 ? null : 'What to do: run `npm run containers`, which builds what is missing.'
}

async function build(images: readonly Image[], asJson: boolean): Promise<ExitCode> {
  const missing = await missingImages(images)
  const progress = progressOn(process.stderr)
  const pending = new Set(missing.map(({ name }) => name))
  const showPending = () => progress.show(`Building ${[...pending].join(', ')} …`)
  showPending()
  const builds = await buildImages(missing, (ended) => {
    pending.delete(ended.image.name)
    progress.clear()
    if (!asJson) print(renderBuild(ended))
    if (pending.size > 0) showPending()
  })
  if (asJson) printJson({ images: images.map((image) => toJson(image, builds)) })
  else if (missing.length === 0) print(`All ${images.length} images are there.`)
  const isComplete = builds.every(({ image, failure }) => image.isOptional || failure === null)
  return isComplete ? exitCodes.proven : exitCodes.notProven
}

function renderBuild({ image, failure, durationMilliseconds }: ImageBuild): string {
  const style = styleFor(process.stdout)
  const duration = formatDuration(durationMilliseconds)
  if (failure === null) return `${style('green', 'built')}   ${image.name}: ${image.holds}, in ${duration}`
  const word = image.isOptional ? style('yellow', 'skipped') : style('red', 'failed')
  return `${word} ${image.name}, after ${duration}: ${failure}`
}

function toJson({ name, tag }: Image, builds: readonly ImageBuild[]) {
  const built = builds.find(({ image }) => image.tag === tag)
  const state = built === undefined ? 'present' : built.failure === null ? 'built' : 'failed'
  return { name, tag, state, failure: built?.failure ?? null }
}

function noRuntime(reason: string) {
  return new DiagnosedError({
    where: 'Container runtime',
    expected: 'a docker command that reaches an engine',
    actual: `'${reason}'`,
    remedy: howToGetRuntime,
  })
}

function noCheckout() {
  return new UsageError({
    where: 'quickslice-migrations containers',
    expected: `the folder ${folder}`,
    actual: 'none',
    remedy: 'run it in a checkout of the project: the package holds no recipes',
  })
}
