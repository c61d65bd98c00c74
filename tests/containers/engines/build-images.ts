import { spawn } from 'node:child_process'
import type { Image } from './images.ts'
import { docker } from './runtime.ts'

/** How the making of one image ended. */
export interface ImageBuild {
  readonly image: Image
  /** What the recipe complained of; null for an image that was made. */
  readonly failure: string | null
  readonly durationMilliseconds: number
}

/**
 * Runs the recipes of images, all at the same time. An image of the same name and other content goes, since
 * no list leads to it any more.
 *
 * @param onEnd called when each ends
 */
export function buildImages(
  images: readonly Image[],
  onEnd: (build: ImageBuild) => void = () => {},
): Promise<ImageBuild[]> {
  return Promise.all(
    images.map(async (image) => {
      const start = performance.now()
      const failure = await runRecipe(image)
      if (failure === null) await removeOthers(image)
      const build = { image, failure, durationMilliseconds: performance.now() - start }
      onEnd(build)
      return build
    }),
  )
}

function runRecipe({ recipe: [script, ...recipeArguments], tag, repository }: Image): Promise<string | null> {
  return new Promise((resolve) => {
    const environment = { ...process.env, IMAGE_LABEL: `image=${repository}` }
    const recipe = spawn(script, [tag, ...recipeArguments], {
      env: environment,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let printed = ''
    for (const stream of [recipe.stdout, recipe.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        printed += text
      })
    }
    recipe.on('error', (error) => resolve(error.message))
    recipe.on('close', (code) => resolve(code === 0 ? null : printed.trim() || `exit code ${code}`))
  })
}

async function removeOthers({ repository, tag }: Image) {
  const tags = (await docker('image', 'ls', '--format', '{{.Repository}}:{{.Tag}}', repository)).split('\n')
  for (const other of tags.filter((found) => found !== '' && found !== tag)) {
    // One that a container still uses stays until next time.
    await docker('image', 'rm', other).catch(() => {})
  }
}
