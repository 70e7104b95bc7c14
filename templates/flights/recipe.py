"""How each version of the model `delay` is made. `train`, `retrain` and `replay` share it, so that what they compare
differs in the flights they learn from and in nothing else.
"""

from sklearn.compose import ColumnTransformer
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.model_selection import GroupKFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OrdinalEncoder

CATEGORIES = ["carrier", "origin", "dest"]
NOT_KNOWN_BEFORE = ["flight_id", "departs", "month", "late", "probability", "version", "day"]
SETTINGS = {
    "learning_rate": 0.05,
    "max_leaf_nodes": 15,
    "min_samples_leaf": 200,  # high, since the flights of a stormy day are all alike
    "max_features": 0.3,  # share of the features that each split may choose from
}


def inputs(flights):
    """The columns a model may look at."""
    return flights.drop(columns=NOT_KNOWN_BEFORE, errors="ignore")


def boosted_trees(rounds, seed, **settings):
    """Gradient-boosted trees, not yet fitted.

    Carriers and airports become numbers in alphabetical order, and one never seen before becomes -1. Only parts of
    scikit-learn are used, so that the model can be stored without pickle.
    """
    encode = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1)
    return make_pipeline(
        ColumnTransformer([("category", encode, CATEGORIES)], remainder="passthrough"),
        HistGradientBoostingClassifier(
            **{**SETTINGS, **settings}, max_iter=rounds, early_stopping=False, random_state=seed
        ),
    )


def unseen_probability(model, flights, folds=5):
    """What ``model`` says of each flight when it has not seen that flight's day: whole days are left out in turn.

    Probabilities of flights it has learned from look far better than any that come later; a monitor that is calibrated
    by those would promise too much.
    """
    days = flights["departs"].dt.date
    told = cross_val_predict(
        model, inputs(flights), flights["late"], groups=days, cv=GroupKFold(folds), method="predict_proba"
    )
    return told[:, 1]
