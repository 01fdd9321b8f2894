/** A moving picture without a camera: a plain figure in front of a wall. */
export function paintedStream(wall: readonly [string, string], figure: string): MediaStream {
  const canvas = document.createElement('canvas');
  canvas.width = 1280;
  canvas.height = 720;
  const context = canvas.getContext('2d');
  const paint = () => {
    if (context === null) {
      return;
    }
    const gradient = context.createLinearGradient(0, 0, 1280, 720);
    gradient.addColorStop(0, wall[0]);
    gradient.addColorStop(1, wall[1]);
    context.fillStyle = gradient;
    context.fillRect(0, 0, 1280, 720);
    context.fillStyle = figure;
    context.beginPath();
    context.arc(640, 300, 120, 0, Math.PI * 2);
    context.fill();
    context.beginPath();
    context.ellipse(640, 720, 290, 270, 0, Math.PI, Math.PI * 2);
    context.fill();
  };
  paint();
  setInterval(paint, 200);
  return canvas.captureStream(5);
}
