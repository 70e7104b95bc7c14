"""Serving: models as HTTP endpoints that follow their alias, batch scoring, the log of predictions, their outcomes."""

from benchbook.serving.batch import predict
from benchbook.serving.endpoints import list_endpoints, start_endpoint, stop_endpoint
from benchbook.serving.outcomes import log_outcomes
from benchbook.serving.overview import EndpointAccess, EndpointState, endpoint_access, endpoint_states
from benchbook.serving.predictions import count_predictions, list_predictions, prediction_frame
from benchbook.serving.records import BatchPredictions, EndpointProcess, OutcomesLogged, PredictionCount
from benchbook.serving.server import serve

__all__ = [
    "BatchPredictions",
    "EndpointAccess",
    "EndpointProcess",
    "EndpointState",
    "OutcomesLogged",
    "PredictionCount",
    "count_predictions",
    "endpoint_access",
    "endpoint_states",
    "list_endpoints",
    "list_predictions",
    "log_outcomes",
    "predict",
    "prediction_frame",
    "serve",
    "start_endpoint",
    "stop_endpoint",
]
