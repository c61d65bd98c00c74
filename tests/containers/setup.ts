import { fileURLToPath } from 'node:url'
import type { StartedTestContainer } from 'testcontainers'
import type { TestProject } from 'vitest/node'
import { build } from '../../tools/build.mjs'
import { buildImages } from './engines/build-images.ts'
import { type Image, listImages, missingImages } from './engines/images.ts'
import { findRuntime } from './engines/runtime.ts'
import { removeLeftovers, startEngineContainer } from './support/start-container.ts'

/** What the tests of this folder receive: where the containers are, or why there are none. */
export type Containers =
  | { readonly isReady: true; readonly engines: readonly RunningEngine[]; readonly nodeImage: string }
  | { readonly isReady: false; readonly reason: string; readonly isRequired: boolean }

export interface RunningEngine {
  /** What is in it, in a few words. */
  readonly holds: string
  readonly isOptional: boolean
  /** The id of its container. */
  readonly container: string
}

declare module 'vitest' {
  interface ProvidedContext {
    containers: Containers
  }
}

/** Where containers must be there, what is missing is built on the way, and a missing runtime is a failure. */
const isRequired = Boolean(process.env.CI) || process.env.REQUIRE_CONTAINERS === '1'
const advice = 'npm run containers -- --doctor says what to do'
const folder = fileURLToPath(new URL('../../containers/', import.meta.url))

/**
 * Starts one container for each engine. Without a runtime, and when anything else is in the way, the tests that
 * need containers are skipped at home and fail in CI; all others run.
 */
export default async function setup(project: TestProject) {
  const started: StartedTestContainer[] = []
  const containers = await prepare(started).catch(becomeReason)
  if (!containers.isReady) console.warn(`\n  No engines in containers: ${containers.reason}.\n`)
  project.provide('containers', containers)
  return async () => {
    await Promise.all(started.map((container) => container.stop({ timeout: 0 })))
  }
}

function becomeReason(error: unknown): Containers {
  return { isReady: false, isRequired, reason: error instanceof Error ? error.message : String(error) }
}

async function prepare(started: StartedTestContainer[]): Promise<Containers> {
  const runtime = await findRuntime()
  if (!runtime.isFound) throw new Error(`${runtime.reason} (${advice})`)
  useRuntime(runtime.host)
  await removeLeftovers()
  await build()
  const images = listImages(folder)
  const missing = await buildHere(await missingImages(images))
  const required = missing.filter(({ isOptional }) => !isOptional).map(({ name }) => name)
  if (required.length > 0) throw new Error(`there is no image ${required.join(', ')} (${advice})`)
  return startEngines(
    images.filter(({ tag }) => !missing.some((image) => image.tag === tag)),
    started,
  )
}

/**
 * The same engine for testcontainers as for the docker command. What would watch over its containers cannot be
 * pulled everywhere, so they end by themselves; no test uses a port, so that no address must be found out.
 */
function useRuntime(host: string) {
  Object.assign(process.env, {
    DOCKER_HOST: host,
    TESTCONTAINERS_RYUK_DISABLED: 'true',
    TESTCONTAINERS_HOST_OVERRIDE: '127.0.0.1',
  })
}

/**
 * Builds what the tests may build by themselves: at home only the image of this checkout, which needs no network
 * and must hold the code as it is now. Returns what is still missing.
 */
async function buildHere(missing: readonly Image[]): Promise<Image[]> {
  const builds = await buildImages(missing.filter(({ isLocal }) => isLocal || isRequired))
  const failed = builds.filter(({ failure }) => failure !== null)
  for (const { image, failure } of failed) console.warn(`\n  Image ${image.name}: ${failure}\n`)
  const built = builds.flatMap(({ image, failure }) => (failure === null ? [image.tag] : []))
  return missing.filter(({ tag }) => !built.includes(tag))
}

async function startEngines(images: readonly Image[], started: StartedTestContainer[]): Promise<Containers> {
  const engines = await Promise.all(
    images
      .filter(({ isLocal }) => !isLocal)
      .map(async ({ holds, isOptional, tag }) => {
        const container = await startEngineContainer(tag)
        started.push(container)
        return { holds, isOptional, container: container.getId() }
      }),
  )
  const node = images.find(({ isLocal }) => isLocal)
  if (node === undefined) throw new Error('images.json: expected a local image with Node, found none.')
  return { isReady: true, engines, nodeImage: node.tag }
}
