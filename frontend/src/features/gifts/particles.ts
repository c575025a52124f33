/** One of many little things on the canvas; sizes and speeds in parts of its height, times in seconds. */
interface Particle {
  x: number;
  y: number;
  vx: number;
  vy: number;
  readonly born: number;
  readonly lives: number;
  readonly size: number;
  readonly colour: string;
  readonly spin: number;
}

const COLOURS = ["#f2b13c", "#e23b4e", "#4fb8e8", "#6fcf97", "#f4efe6", "#b07be0"];
const GRAVITY = 0.5;
const SECONDS = 3;
const FADES_FOR = 0.6;
/** More pixels than this look no better, and cost. */
const DENSITY_MOST = 1.5;

/** Rockets that burst one after the other, or paper that falls, drawn for three seconds. Returns how to stop it. */
export function play(canvas: HTMLCanvasElement, kind: "fireworks" | "confetti"): () => void {
  const context = canvas.getContext("2d");
  if (!context) return () => undefined;
  const density = Math.min(devicePixelRatio, DENSITY_MOST);
  const width = (canvas.width = Math.round(canvas.clientWidth * density));
  const height = (canvas.height = Math.round(canvas.clientHeight * density));
  const ratio = height > 0 ? width / height : 1;
  const particles = kind === "fireworks" ? fireworks(ratio) : confetti(ratio);
  const began = performance.now();
  let last = 0;
  let frame = requestAnimationFrame(draw);

  function draw(now: number): void {
    const t = Math.max(0, (now - began) / 1000);
    const step = Math.min(0.05, t - last);
    last = t;
    context?.clearRect(0, 0, width, height);
    if (t > SECONDS) return;
    for (const particle of particles) if (particle.born <= t) one(particle, t, step);
    frame = requestAnimationFrame(draw);
  }

  function one(particle: Particle, t: number, step: number): void {
    const age = t - particle.born;
    if (!context || age > particle.lives) return;
    const drag = kind === "fireworks" ? Math.exp(-2.2 * step) : 1;
    particle.vx *= drag;
    particle.vy = particle.vy * drag + (kind === "fireworks" ? GRAVITY * 0.35 : 0) * step;
    particle.x += particle.vx * step;
    particle.y += particle.vy * step;
    context.globalAlpha = Math.min(1, (particle.lives - age) / FADES_FOR);
    context.fillStyle = particle.colour;
    const size = particle.size * height;
    // Paper turns as it falls: it is seen now broad, now narrow.
    const turn = kind === "confetti" ? Math.abs(Math.cos(particle.spin * age)) : 1;
    context.fillRect(particle.x * height - size / 2, particle.y * height - (size * turn) / 2, size, size * turn);
  }

  return () => cancelAnimationFrame(frame);
}

function fireworks(ratio: number): Particle[] {
  return Array.from({ length: 5 }, (_none, shell) => {
    const [x, y, born] = [ratio * between(0.15, 0.85), between(0.15, 0.5), shell * 0.4];
    const colour = pick();
    return Array.from({ length: 46 }, (): Particle => {
      const [angle, speed] = [between(0, 2 * Math.PI), between(0.15, 0.6)];
      const [vx, vy] = [speed * Math.cos(angle), speed * Math.sin(angle)];
      const size = between(0.007, 0.012);
      return { x, y, vx, vy, born, lives: between(0.9, 1.4), size, colour: Math.random() < 0.8 ? colour : pick(), spin: 0 };
    });
  }).flat();
}

function confetti(ratio: number): Particle[] {
  return Array.from({ length: 160 }, (): Particle => ({
    x: ratio * Math.random(),
    y: between(-0.6, -0.02),
    vx: between(-0.06, 0.06),
    vy: between(0.3, 0.6),
    born: 0,
    lives: SECONDS,
    size: between(0.012, 0.024),
    colour: pick(),
    spin: between(3, 9),
  }));
}

function between(least: number, most: number): number {
  return least + Math.random() * (most - least);
}

function pick(): string {
  return COLOURS[Math.floor(Math.random() * COLOURS.length)] ?? "#fff";
}
