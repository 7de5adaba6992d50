import { assembleImage, sizeOf } from './assemble-image.ts';
import { serviceNames } from './compose-file.ts';

/** Says what each image adds to the base image, on disk: `npx node test/deploy/image-size.ts`. */
const images = [...serviceNames.map((name) => ['service', name] as const), ['migrate', ''] as const];
for (const [target, service] of images) {
  const image = await assembleImage(target, { SERVICE: service });
  console.log(`${(service || target).padEnd(14)}${(sizeOf(image) / 1e6).toFixed(1)} MB`);
  image.remove();
}
