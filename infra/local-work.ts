/** The whole service on this machine, without the cloud, beside the live functions of `sst dev`. It starts on request. */
export const localService = new sst.x.DevCommand("Local", {
  dev: { title: "The service on this machine", command: "npm start", autostart: false },
});
