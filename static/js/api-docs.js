/* Starts the interactive documentation. What is tried out there is done as the person who is signed
   in, with the protection that our forms have. */
(() => {
  const place = document.getElementById("api-docs");
  window.SwaggerUIBundle({
    domNode: place,
    url: place.dataset.schema,
    deepLinking: true,
    docExpansion: "none",
    defaultModelsExpandDepth: 0,
    persistAuthorization: false,
    validatorUrl: null,
    requestInterceptor: (request) => {
      request.headers["X-CSRFToken"] = place.dataset.csrf;
      request.headers["X-Company"] = place.dataset.company;
      return request;
    },
  });
})();
