import { follow, like, post, profile, recordLexicon, strongRef } from '../lexicons.mjs'
import { mingle, writePost, writeProfile } from '../people.mjs'
import { createWorld } from '../world.mjs'

const moodName = 'org.example.weather.mood'
const suggestions = ['☀️', '🌤️', '⛅', '🌧️', '⛈️', '🌨️', '🌪️', '🌈', '🧑‍🚀', '👩🏽‍🌾', '🏴‍☠️', '🫠']
const places = [
  'at sea',
  'in the hills',
  'in the old town',
  'on the night train',
  'under the bridge',
  'at home',
]

/** A document that grew long, as people's do who describe every value. */
const mood = recordLexicon(moodName, 'The weather inside somebody, as one emoji.', {
  required: ['status', 'createdAt'],
  properties: {
    status: {
      type: 'string',
      minLength: 1,
      maxGraphemes: 1,
      maxLength: 64,
      description: 'One emoji, a sequence joined by ZWJ included.',
      knownValues: suggestions,
    },
    note: { type: 'string', maxGraphemes: 80 },
    createdAt: { type: 'string', format: 'datetime' },
  },
  defs: Object.fromEntries(
    suggestions.map((emoji, index) => [
      `example${index + 1}`,
      {
        type: 'token',
        description: places.map((place) => `${emoji} ${place}: shown to followers as it is.`).join(' '),
      },
    ]),
  ),
})

/** One and a half days of the builds that first kept logins: sessions, half-done logins, and still no version. */
export function draft() {
  const world = createWorld({
    name: 'v0-unversioned',
    headline: 'A server built on 2025-11-04, the day before v0.1.0: logins are kept, versions are not.',
    startedAt: '2025-11-04T08:30:02Z',
  })
  world.lexicon(strongRef, { compact: true })
  for (const document of [post, like, follow, profile, mood]) world.lexicon(document)

  const ines = world.person('ines.example.org')
  const tomasz = world.person('tomasz.example.net')
  const layla = world.person('layla.example.com')
  const minh = world.person('minh.example.org')
  const station = world.person('station.example.net', { did: 'did:web:station.example.net' })
  const local = world.person('dev.test', { did: 'did:web:localhost%3A3000' })
  world.person(null)
  world.person(null)

  writeProfile(world, ines, 'Inês', 'Meteorologista amadora 🌦️', { avatar: true })
  writeProfile(world, layla, 'ليلى', '', { createdAt: false })
  writeProfile(world, minh, 'Minh', 'Tiếng Việt có sáu thanh; trời ở đây có bảy.')
  writeProfile(world, station, 'Harbour station', 'Measures every ten minutes.\nMeasures only.')

  const posts = [
    writePost(world, ines, 'Primeira geada do outono ❄️', 'pt'),
    writePost(world, tomasz, 'Zażółć gęślą jaźń, a potem deszcz.', 'pl'),
    writePost(world, layla, 'الضباب كثيف على الجسر، انتبهوا 🌫️', 'ar'),
    writePost(world, minh, 'Mưa to quá, quên ô ở nhà rồi ☔', 'vi'),
    writePost(world, station, '1013 hPa; wind NNW; gusts none; -- end of report', 'en'),
    writePost(world, local, 'test test test 👨‍👩‍👧‍👦', 'en'),
  ]
  posts.push(
    writePost(world, tomasz, 'I jak, wyschło?', 'pl', { reply: { root: posts[3], parent: posts[3] } }),
  )
  mingle(world, [ines, tomasz, layla, minh, station], posts, { likes: 8, follows: 6 })

  for (const [index, author] of [ines, tomasz, layla, minh, ines, layla, local, tomasz, minh].entries()) {
    const note = index % 3 === 0 ? { note: index === 3 ? '' : 'بعد المطر / after the rain' } : {}
    world.write(author, moodName, {
      status: suggestions[(index * 5) % suggestions.length],
      ...note,
      createdAt: undefined,
    })
  }
  logins(world, { ines, tomasz, layla, minh, local })
  return world.finish()
}

function logins(world, { ines, tomasz, layla, minh, local }) {
  world.session(ines, { expires_at: world.secondsNow() - 86_400n })
  world.session(tomasz, { refresh_token: null })
  world.session(layla, { expires_at: null })
  world.session(minh, { refresh_token: null, expires_at: null })
  world.session(ines, { expires_at: world.secondsNow() + 2_592_000n })
  world.session(local, { handle: '', expires_at: 9_223_372_036_854_775_807n, refresh_token: '' })
  world.session(tomasz, { expires_at: 'never' })
  world.session(layla, { created_at: 1_762_300_000.5 })
  world.state('ines.example.org')
  world.state(minh.did)
  world.state('')
  world.state('layla\0.example.com')
  world.state('https://pds.example.net', { created_at: '2025-11-04 21:10:00' })
}
